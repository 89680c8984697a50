import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { settingFlags } from "./known-flags.ts";
import { isOperatorCommand, laterCommand, readOperatorCommand, type OperatorCommand } from "./operator-command.ts";
import { readFlags, type GivenFlag } from "./read-flags.ts";

/** The command of a stdio MCP server, as it was typed. */
export type ServerCommand = readonly [program: string, ...args: string[]];

/** What the command line puts behind the gateway. `nothing`: a file of servers has to say it (MCP_SERVERS_CONFIG). */
export type Behind =
  | { readonly kind: "command"; readonly command: ServerCommand }
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "nothing" };

export type Invocation =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "serve"; readonly flags: readonly GivenFlag[]; readonly behind: Behind }
  | { readonly kind: "operate"; readonly flags: readonly GivenFlag[]; readonly command: OperatorCommand };

const operate = (words: readonly string[], before: readonly GivenFlag[]): Result<Invocation, readonly string[]> => {
  const read = readOperatorCommand(words, before);
  if (!read.ok) return read;
  const { asked, flags, command } = read.value;
  return ok(asked === undefined ? { kind: "operate", flags, command } : { kind: asked });
};

/**
 * Reads the command line: options, then the server's command, which starts at the first word that is no option (or after
 * `--`) and passes untouched, or is the URL of one. Answers what to do, or one line for each thing that is wrong.
 */
export const parseCommandLine = (argv: readonly string[]): Result<Invocation, readonly string[]> => {
  const { flags, problems, asked, rest, afterDashes } = readFlags(argv, settingFlags);
  if (asked !== undefined) return ok({ kind: asked });
  if (problems.length > 0) return err(problems);
  const [program, ...args] = rest;
  if (program === undefined) return ok({ kind: "serve", flags, behind: { kind: "nothing" } });
  if (program === "") return err(["the command of the MCP server is empty"]);
  if (!afterDashes && isOperatorCommand(rest)) return operate(rest, flags);
  const later = afterDashes ? undefined : laterCommand(rest);
  if (later !== undefined) return err([`"${later}" is a command of a later version (to run a program of that name: mcp-auth-proxy -- ${later} …)`]);
  if (!/^https?:\/\//i.test(program)) return ok({ kind: "serve", flags, behind: { kind: "command", command: [program, ...args] } });
  const [more] = args;
  if (more !== undefined) return err([`a URL takes nothing behind it, and there is ${JSON.stringify(more)}: options go before it`]);
  return ok({ kind: "serve", flags, behind: { kind: "url", url: program } });
};
