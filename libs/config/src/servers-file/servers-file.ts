import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { sha256 } from "@mcp-auth-proxy/crypto";
import { Value } from "typebox/value";
import { type EntryRules, parseServerEntry } from "./entry.ts";
import { ServersFile } from "./schema.ts";
import type { ServerDefinition } from "./server-definition.ts";

/** What `mcp_servers.json` says: every server that can be served, and one line for each entry that can not. */
export interface ParsedServers {
  readonly servers: readonly ServerDefinition[];
  readonly problems: readonly string[];
  /** The names of entries that can not be served, as far as they have one. */
  readonly broken: ReadonlySet<string>;
  /** By name, of what is written in the entry of a server: another one means that it says something else. */
  readonly fingerprints: ReadonlyMap<string, string>;
  /** SHA-256 of the text, by which services tell whether they read the same file. */
  readonly hash: string;
}

const parseJson = (text: string): Result<unknown, "not-json"> => {
  try {
    const value: unknown = JSON.parse(text);
    return ok(value);
  } catch {
    // Its message quotes the text, and the text may hold secrets.
    return err("not-json");
  }
};

const nameOf = (raw: unknown): string | undefined => {
  const name: unknown = typeof raw === "object" && raw !== null && "name" in raw ? raw.name : undefined;
  return typeof name === "string" && /^[\x20-\x7e]{1,64}$/.test(name) ? name : undefined;
};

/** One broken entry never stops the others; a file that is no such file at all is an error. */
export const parseServersFile = (text: string, rules: EntryRules): Result<ParsedServers, string> => {
  const json = parseJson(text);
  if (!json.ok) return err("it is not JSON");
  const file = json.value;
  if (!Value.Check(ServersFile, file)) return err('it takes { "servers": [ … ] } with 1 to 500 entries, and no other key');
  const servers: ServerDefinition[] = [];
  const problems: string[] = [];
  const broken = new Set<string>();
  const fingerprints = new Map<string, string>();
  for (const [index, raw] of file.servers.entries()) {
    const parsed = parseServerEntry(raw, rules);
    if (!parsed.ok) {
      const name = nameOf(raw);
      if (name !== undefined) broken.add(name);
      problems.push(`server ${name ?? index + 1}: ${parsed.error}`);
    } else if (fingerprints.has(parsed.value.name)) {
      problems.push(`server ${parsed.value.name}: is there twice, and the first counts`);
    } else {
      servers.push(parsed.value);
      fingerprints.set(parsed.value.name, sha256(JSON.stringify(raw)));
    }
  }
  return ok({ servers, problems, broken, fingerprints, hash: sha256(text) });
};
