import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@mcp-auth-proxy/testing";

export const readPage = (name: string): string => readFileSync(join(repositoryRoot, "docs", name), "utf8");

/** The facts that docs/events.md lists for each event of a log; those with a question mark may be missing. */
export function documentedEvents(): ReadonlyMap<string, { readonly always: readonly string[]; readonly sometimes: readonly string[] }> {
  const rows = readPage("events.md").matchAll(/^\| `([A-Z]\w+)` \| \d+ \| ([^|]+) \|/gm);
  return new Map(
    [...rows].map(([, type = "", facts = ""]) => {
      const names = [...facts.matchAll(/`(\w+\??)`/g)].map(([, name = ""]) => name);
      const sometimes = names.filter((name) => name.endsWith("?")).map((name) => name.slice(0, -1));
      return [type, { always: names.filter((name) => !name.endsWith("?")), sometimes }];
    }),
  );
}
