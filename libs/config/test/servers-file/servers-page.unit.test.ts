import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseInjection } from "../../src/servers-file/injection.ts";
import { ServerEntry } from "../../src/servers-file/schema.ts";
import { parseServersFile } from "../../src/servers-file/servers-file.ts";

const page = readFileSync(new URL("../../../../docs/servers.md", import.meta.url), "utf8");
const rules = { variables: {}, externalUrl: "https://mcp.example.com", providers: ["google", "github"] };

const cellsOf = (line: string): readonly string[] => line.slice(1, -1).split(" | ").map((cell) => cell.trim());
const rowsUnder = (head: string): readonly (readonly string[])[] => {
  const lines = page.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${head} | `)) + 2;
  const after = lines.slice(start).findIndex((line) => !line.startsWith("| "));
  return lines.slice(start, start + after).map(cellsOf);
};
const codeIn = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);

describe("docs/servers.md", () => {
  it("has a row for every key of an entry, and for no other", () => {
    const keys = rowsUnder("key | takes").flatMap(([cell = ""]) => codeIn(cell));
    expect(keys.toSorted()).toEqual(Object.keys(ServerEntry.properties).toSorted());
  });

  it("shows files of which every entry is served", () => {
    const files = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = ""]) => text);
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) expect(parseServersFile(file, rules)).toMatchObject({ ok: true, value: { problems: [] } });
  });

  it("shows every way to inject, each for what it is said to be for", () => {
    const rows = rowsUnder("`inject` | for");
    expect(rows).toHaveLength(4);
    for (const [inject = "", uses = ""] of rows) {
      const entry: unknown = JSON.parse(codeIn(inject)[0] ?? "");
      for (const [use, kind] of [["`command`", "stdio"], ["`url`", "http"]] as const) {
        expect(parseInjection(entry as never, kind).ok, `${inject} for ${use}`).toBe(uses.includes(use));
      }
    }
  });
});
