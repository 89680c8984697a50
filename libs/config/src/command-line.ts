import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { settingFlags } from "./known-flags.ts";
import { isOperatorCommand, laterCommand, readOperatorCommand, type OperatorCommand } from "./operator-command.ts";
import { readFlags, type GivenFlag } from "./read-flags.ts";

/** The command of a stdio MCP server, as it was typed. */
export type ServerCommand = readonly [program: string, ...args: string[]];

export type Invocation =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "serve"; readonly flags: readonly GivenFlag[]; readonly command: ServerCommand }
  | { readonly kind: "operate"; readonly flags: readonly GivenFlag[]; readonly command: OperatorCommand };

const operate = (words: readonly string[], before: readonly GivenFlag[]): Result<Invocation, readonly string[]> => {
  const read = readOperatorCommand(words, before);
  if (!read.ok) return read;
  const { asked, flags, command } = read.value;
  return ok(asked === undefined ? { kind: "operate", flags, command } : { kind: asked });
};

/**
 * Reads the command line: options, then the server's command, which starts at the first word that is no option (or after
 * `--`) and passes untouched. Answers what to do, or one line for each thing that is wrong.
 */
export const parseCommandLine = (argv: readonly string[]): Result<Invocation, readonly string[]> => {
  const { flags, problems, asked, rest, afterDashes } = readFlags(argv, settingFlags);
  if (asked !== undefined) return ok({ kind: asked });
  if (problems.length > 0) return err(problems);
  const [program, ...args] = rest;
  if (program === undefined || program === "")
    return err(["name the command of the MCP server, for example: mcp-auth-proxy --password <password> -- npx -y @modelcontextprotocol/server-filesystem ."]);
  if (!afterDashes && isOperatorCommand(rest)) return operate(rest, flags);
  const later = afterDashes ? undefined : laterCommand(rest);
  if (later !== undefined) return err([`"${later}" is a command of a later version (to run a program of that name: mcp-auth-proxy -- ${later} …)`]);
  if (/^https?:\/\//i.test(program)) return err(["a server behind a URL comes with a later version: this one takes the command of a stdio server"]);
  return ok({ kind: "serve", flags, command: [program, ...args] });
};
