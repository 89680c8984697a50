import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseServersFile, type GatewayConfig, type ServerDefinition } from "@mcp-auth-proxy/config";
import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { sha256 } from "@mcp-auth-proxy/crypto";
import { allowedUsersProblems } from "./accounts.ts";
import type { Caller } from "./caller.ts";
import { isErrno } from "./errno.ts";

/** An entry that can be served. */
export interface ServersFileEntry {
  readonly definition: ServerDefinition;
  /** Another one means that something else is written there. */
  readonly fingerprint: string;
}

/** What MCP_SERVERS_CONFIG says. */
export interface ServersFile {
  readonly entries: readonly ServersFileEntry[];
  /** Names that are there, and can not be served. */
  readonly broken: ReadonlySet<string>;
  /** One line for each entry that can not be served. */
  readonly warnings: readonly string[];
}

const maxBytes = 1_048_576;

/** The text of the file, or why there is none, in a sentence. */
export const readServersText = (path: string): Result<string, string> => {
  try {
    if (statSync(path).size > maxBytes) return err("MCP_SERVERS_CONFIG names a file larger than the 1 MiB that it may have");
    return ok(readFileSync(path, "utf8"));
  } catch (cause) {
    if (isErrno(cause)) return err(`MCP_SERVERS_CONFIG names ${JSON.stringify(path)}, which can not be read (${cause.code})`);
    throw cause;
  }
};

/** By which two readings are the same. */
export const nameOfText = (text: Result<string, string>): string => sha256(text.ok ? `text ${text.value}` : `problem ${text.error}`);

/** Relative folders of a file belong to that file. */
const inItsFolder = (definition: ServerDefinition, folder: string): ServerDefinition => {
  const { transport } = definition;
  if (transport.kind !== "stdio" || transport.cwd === undefined) return definition;
  return { ...definition, transport: { ...transport, cwd: resolve(folder, transport.cwd) } };
};

/** What this version can not speak to, in a sentence. */
export const notSpokenTo = ({ name, transport }: ServerDefinition): readonly string[] =>
  transport.kind === "sse" ? [`server ${name}: HTTP+SSE of 2024-11-05 towards a server comes with a later version; if it speaks Streamable HTTP too, give that URL with the type http`] : [];

/** What is wrong with an entry beyond its form. */
const problemsOf = (definition: ServerDefinition): readonly string[] => [...notSpokenTo(definition), ...allowedUsersProblems(definition.name, definition.allowedUsers)];

/** Reads the text of MCP_SERVERS_CONFIG. An error: it is no such file at all. */
export const parseServers = (text: string, file: string, config: GatewayConfig, caller: Pick<Caller, "environment">): Result<ServersFile, string> => {
  const rules = { variables: caller.environment, externalUrl: config.externalUrl.base, providers: config.providers.map(({ id }) => id) };
  const parsed = parseServersFile(text, rules);
  if (!parsed.ok) return err(`MCP_SERVERS_CONFIG (${file}): ${parsed.error}`);
  const { servers, problems, broken, fingerprints } = parsed.value;
  const bad = new Set(servers.filter((definition) => problemsOf(definition).length > 0));
  return ok({
    entries: servers.filter((definition) => !bad.has(definition)).map((definition) => ({ definition: inItsFolder(definition, dirname(file)), fingerprint: fingerprints.get(definition.name) ?? "" })),
    broken: new Set([...broken, ...[...bad].map(({ name }) => name)]),
    warnings: [...problems, ...servers.flatMap(problemsOf)].map((problem) => `MCP_SERVERS_CONFIG (${file}): ${problem}`),
  });
};
