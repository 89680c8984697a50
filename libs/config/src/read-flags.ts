import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import type { KnownFlag, KnownFlags } from "./known-flags.ts";
import { nearMiss } from "./near-miss.ts";

/** A setting as the command line gave it. */
export interface GivenFlag {
  readonly flag: string;
  /** The environment variable that means the same. */
  readonly name: string;
  readonly value: string;
}

export interface ReadFlags {
  readonly flags: readonly GivenFlag[];
  readonly problems: readonly string[];
  readonly asked?: "help" | "version";
  /** From the first word on, which is not ours to look at. */
  readonly rest: readonly string[];
  /** The words stand behind a `--`. */
  readonly afterDashes: boolean;
}

const help: ReadonlySet<string> = new Set(["--help", "-h"]);
const version: ReadonlySet<string> = new Set(["--version", "-v", "-V"]);
const switchWord = /^(true|false|on|off|yes|no|0|1)$/i;

interface Taken {
  readonly flag?: GivenFlag;
  readonly problem?: string;
  /** Whether the next argument was its value. */
  readonly tookNext: boolean;
}

const unknown = (flag: string, known: KnownFlags): string => {
  const meant = nearMiss(flag, [...known.keys()]);
  return `${flag} is no option${meant === undefined ? "" : `; did you mean ${meant}?`} (--help lists them)`;
};

const takeSwitch = (flag: string, { name }: KnownFlag, next: string | undefined): Taken =>
  next !== undefined && switchWord.test(next)
    ? { problem: `${flag} takes no word after it: write ${flag}=${next}`, tookNext: true }
    : { flag: { flag, name, value: "true" }, tookNext: false };

const takeValue = (flag: string, { name }: KnownFlag, next: string | undefined): Result<Taken, string> => {
  if (next === undefined || next === "--") return err(`${flag} needs a value`);
  if (next.startsWith("--")) return err(`${flag} needs a value (one that starts with -- is written ${flag}=<value>)`);
  return ok({ flag: { flag, name, value: next }, tookNext: true });
};

/** Reads one argument that starts with a dash. */
const take = (argument: string, next: string | undefined, known: KnownFlags): Taken => {
  const [flag = "", ...parts] = argument.split("=");
  const inline = parts.length === 0 ? undefined : parts.join("=");
  const row = known.get(flag);
  const negated = flag.startsWith("--no-") ? known.get(flag.replace("--no-", "--")) : undefined;
  if (row === undefined && negated?.isSwitch === true && inline === undefined) return { flag: { flag, name: negated.name, value: "false" }, tookNext: false };
  if (row === undefined) return { problem: unknown(flag, known), tookNext: false };
  // Its value goes with it, or it would pass for the server's command.
  if (row.refusal !== undefined) return { problem: `${flag} ${row.refusal}`, tookNext: inline === undefined && next !== undefined && !next.startsWith("-") };
  if (inline !== undefined) return { flag: { flag, name: row.name, value: inline }, tookNext: false };
  if (row.isSwitch) return takeSwitch(flag, row, next);
  const taken = takeValue(flag, row, next);
  return taken.ok ? taken.value : { problem: taken.error, tookNext: false };
};

const givenTwice = (flags: readonly GivenFlag[]): readonly string[] =>
  flags.filter((each, index) => flags.findIndex((other) => other.name === each.name) !== index).map((each) => `${each.flag} is given more than once`);

/** Reads options up to the first word or `--`. */
export const readFlags = (argv: readonly string[], known: KnownFlags): ReadFlags => {
  const flags: GivenFlag[] = [];
  const problems: string[] = [];
  let asked: "help" | "version" | undefined;
  let at = 0;
  for (; at < argv.length; at += 1) {
    const argument = argv[at] ?? "";
    if (argument === "--" || argument === "-" || !argument.startsWith("-")) break;
    if (help.has(argument)) asked ??= "help";
    else if (version.has(argument)) asked ??= "version";
    else {
      const { flag, problem, tookNext } = take(argument, argv[at + 1], known);
      if (flag !== undefined) flags.push(flag);
      if (problem !== undefined) problems.push(problem);
      if (tookNext) at += 1;
    }
  }
  const afterDashes = argv[at] === "--";
  return {
    flags,
    problems: [...problems, ...givenTwice(flags)],
    ...(asked === undefined ? {} : { asked }),
    rest: argv.slice(afterDashes ? at + 1 : at),
    afterDashes,
  };
};
