import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { settingFlags, type KnownFlags } from "./known-flags.ts";
import { readFlags, type GivenFlag } from "./read-flags.ts";

export type RevokeTarget = { readonly kind: "login" | "client" | "grant"; readonly id: string } | { readonly kind: "all" };

/** Where the audit trail ended when it was verified before. */
export interface NotedHead {
  readonly seq: number;
  readonly hash: string;
}

/** What an operator asks of the gateway that runs. */
export type OperatorCommand =
  | { readonly name: "revoke"; readonly target: RevokeTarget }
  | { readonly name: "keys rotate" }
  | { readonly name: "users" }
  | { readonly name: "audit verify"; readonly noted?: NotedHead };

export interface OperatorInvocation {
  readonly asked?: "help" | "version";
  readonly flags: readonly GivenFlag[];
  readonly command: OperatorCommand;
}

/** Commands of ours, when they stand where the server's command would. `--` in front makes them the server's. */
export const isOperatorCommand = ([word]: readonly string[]): boolean => word === "revoke" || word === "keys" || word === "audit" || word === "users";

/** Commands of later versions: a typo or an old habit must not start a program of that name. */
export const laterCommand = ([word, second]: readonly string[]): string | undefined => {
  if (word === "mcp") return second === "install" ? "mcp install" : undefined;
  return word !== undefined && ["install", "servers", "doctor"].includes(word) ? word : undefined;
};

const targetFlags: KnownFlags = new Map([
  ["--user", { name: "login", isSwitch: false }],
  ["--client", { name: "client", isSwitch: false }],
  ["--grant", { name: "grant", isSwitch: false }],
  ["--all", { name: "all", isSwitch: true }],
]);

const auditFlags: KnownFlags = new Map([["--head", { name: "head", isSwitch: false }]]);

const headOf = (given: readonly GivenFlag[]): Result<NotedHead | undefined, readonly string[]> => {
  const [only, ...more] = given;
  if (only === undefined) return ok(undefined);
  const [, seq, hash] = /^([1-9]\d{0,14}):([A-Za-z0-9_-]{43})$/.exec(only.value) ?? [];
  if (more.length > 0 || seq === undefined || hash === undefined) return err(["--head takes one head as an earlier audit verify printed it: <number>:<hash>"]);
  return ok({ seq: Number(seq), hash });
};

const targetOf = (given: readonly GivenFlag[]): RevokeTarget | undefined => {
  const [only, ...more] = given;
  if (only === undefined || more.length > 0) return undefined;
  if (only.name === "all") return only.value === "true" ? { kind: "all" } : undefined;
  if (only.value === "" || only.value.length > 200) return undefined;
  if (only.name === "login" || only.name === "client" || only.name === "grant") return { kind: only.name, id: only.value };
  return undefined;
};

const keysUsage = "keys takes: rotate (to run a program of that name: mcp-auth-proxy -- keys …)";

const auditUsage = "audit takes: verify (to run a program of that name: mcp-auth-proxy -- audit …)";

const readAudit = ([verb, ...rest]: readonly string[], before: readonly GivenFlag[]): Result<OperatorInvocation, readonly string[]> => {
  if (verb !== "verify" && verb?.startsWith("-") !== true) return err([auditUsage]);
  const read = readFlags(verb === "verify" ? rest : [verb, ...rest], new Map([...settingFlags, ...auditFlags]));
  const own = read.flags.filter((given) => auditFlags.has(given.flag));
  const flags = [...before, ...read.flags.filter((given) => !own.includes(given))];
  if (read.asked !== undefined) return ok({ flags, command: { name: "audit verify" }, asked: read.asked });
  const surplus = read.rest.length === 0 ? [] : [`audit does not take ${JSON.stringify(read.rest[0])}`];
  if (read.problems.length + surplus.length > 0) return err([...read.problems, ...surplus]);
  const noted = headOf(own);
  if (verb !== "verify") return err([auditUsage]);
  return noted.ok ? ok({ flags, command: { name: "audit verify", ...(noted.value === undefined ? {} : { noted: noted.value }) } }) : noted;
};

const readUsers = (words: readonly string[], before: readonly GivenFlag[]): Result<OperatorInvocation, readonly string[]> => {
  const read = readFlags(words, settingFlags);
  const flags = [...before, ...read.flags];
  const surplus = read.rest.length === 0 ? [] : [`users does not take ${JSON.stringify(read.rest[0])} (to run a program of that name: mcp-auth-proxy -- users …)`];
  if (read.asked !== undefined) return ok({ flags, command: { name: "users" }, asked: read.asked });
  return read.problems.length + surplus.length > 0 ? err([...read.problems, ...surplus]) : ok({ flags, command: { name: "users" } });
};

/** Reads `users`, `revoke …`, `keys rotate` or `audit verify`; options may stand on either side of the words. */
export const readOperatorCommand = (words: readonly string[], before: readonly GivenFlag[]): Result<OperatorInvocation, readonly string[]> => {
  const [word = "", ...rest] = words;
  if (word === "audit") return readAudit(rest, before);
  if (word === "users") return readUsers(rest, before);
  if (word === "keys" && rest[0] !== "rotate" && rest[0]?.startsWith("-") !== true) return err([keysUsage]);
  const read = readFlags(rest[0] === "rotate" ? rest.slice(1) : rest, word === "keys" ? settingFlags : new Map([...settingFlags, ...targetFlags]));
  const own = read.flags.filter((given) => targetFlags.has(given.flag));
  const flags = [...before, ...read.flags.filter((given) => !own.includes(given))];
  const keysRotate: OperatorInvocation = { flags, command: { name: "keys rotate" } };
  if (read.asked !== undefined) return ok({ ...keysRotate, asked: read.asked });
  const surplus = read.rest.length === 0 ? [] : [`${word} does not take ${JSON.stringify(read.rest[0])}`];
  if (read.problems.length + surplus.length > 0) return err([...read.problems, ...surplus]);
  if (word === "keys") return rest[0] === "rotate" ? ok(keysRotate) : err([keysUsage]);
  const target = targetOf(own);
  return target === undefined ? err(["revoke takes one of --user owner, --client <id>, --grant <id>, --all"]) : ok({ flags, command: { name: "revoke", target } });
};
