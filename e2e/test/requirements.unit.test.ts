import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { requirements } from "../requirements.ts";
import type { Requirement } from "../requirements/requirement.ts";

const read = (file: string): string => readFileSync(join(repositoryRoot, file), "utf8");

const testFiles = (folder: string): readonly string[] =>
  readdirSync(join(repositoryRoot, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : testFiles(path);
    return entry.name.endsWith(".test.ts") ? [path] : [];
  });

/** Whether a test of exactly this title is in a file: as it is written, with its placeholders. */
const hasTitle = (source: string, title: string): boolean => ['"', "'", "`"].some((quote) => source.includes(`(${quote}${title}${quote},`));

const wrongIn = ({ id, tests = [], because = "" }: Requirement): readonly string[] => [
  ...(tests.length === 0 && because.length < 20 ? [`${id} has neither a test nor a reason`] : []),
  ...tests.flatMap(([file, title]) => {
    if (!/\.(?:unit|int|e2e)\.test\.ts$/.test(file) || !existsSync(join(repositoryRoot, file))) return [`${id} names ${file}, which is no test there is`];
    return hasTitle(read(file), title) ? [] : [`${id} names “${title}”, which is not in ${file}`];
  }),
];

/** Ids as tests cite them. Those of practices only in brackets or before a colon: F1 is also a byte. */
const citedIn = (source: string): readonly string[] => [...source.matchAll(/\bA\d\.\d{1,2}\b|(?<=[("'`])F\d{1,2}(?=[:)])/g)].map(([id]) => id);

const upTo = (prefix: string, last: number, first = 1): readonly string[] => Array.from({ length: last - first + 1 }, (_, at) => `${prefix}${first + at}`);

describe("the manifest of requirements", () => {
  it("has every row once", () => {
    const rows = [...upTo("A1.", 8), ...upTo("A2.", 13), ...upTo("A3.", 10), ...upTo("A4.", 17), ...upTo("A4.", 25, 20), ...upTo("A5.", 10), ...upTo("A6.", 5), ...upTo("A7.", 7), ...upTo("A8.", 10), "A9", ...upTo("F", 15)];
    expect(requirements.map(({ id }) => id)).toEqual(rows);
  });

  it.each(requirements)("$id is shown by tests that are there, or says why not", (requirement) => {
    expect(wrongIn(requirement)).toEqual([]);
    expect(requirement.asks.length).toBeGreaterThan(20);
  });

  it("knows every id that a test cites", () => {
    const known = new Set(requirements.map(({ id }) => id));
    const cited = ["e2e", "libs", "services"].flatMap(testFiles).flatMap((file) => citedIn(read(file)).map((id) => ({ file, id })));
    expect(cited.length).toBeGreaterThan(30);
    expect(cited.filter(({ id }) => !known.has(id))).toEqual([]);
  });
});

describe("the check of the manifest", () => {
  const file = "services/auth/test/step-up.int.test.ts";

  it.each<[what: string, requirement: Requirement]>([
    ["neither a test nor a reason", { id: "X1", asks: "x" }],
    ["no tests in its list", { id: "X2", asks: "x", tests: [] }],
    ["a reason of one word", { id: "X3", asks: "x", because: "later" }],
    ["a file that is gone", { id: "X4", asks: "x", tests: [["services/auth/test/gone.int.test.ts", "x"]] }],
    ["a file that is no test", { id: "X5", asks: "x", tests: [["package.json", "name"]] }],
    ["a title that nobody has", { id: "X6", asks: "x", tests: [[file, "is all good"]] }],
    ["half a title", { id: "X7", asks: "x", tests: [[file, "are granted when they are asked for"]] }],
  ])("finds %s", (_what, requirement) => {
    expect(wrongIn(requirement)).toHaveLength(1);
  });

  it("sees ids where tests cite them, and nowhere else", () => {
    expect(citedIn('it("A3.8 more", x); ["a", "F12: scopes"]; (F3) "%F0" F7 "A4.2: https"')).toEqual(["A3.8", "F12", "F3", "A4.2"]);
  });
});
