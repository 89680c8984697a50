import type { ChildUser } from "../config.ts";

/** What a command needs to start at all. Nothing of ours, and no credential a shell usually carries, is in it. */
const passedOn = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"] as const;

/** The environment of a child: a few names of the gateway's own, the account's, and what the operator named for it. */
export const minimalEnvironment = (
  ambient: Readonly<Record<string, string | undefined>>,
  named: Readonly<Record<string, string>> = {},
  user?: ChildUser,
): Readonly<Record<string, string>> => {
  const environment: Record<string, string> = {};
  for (const name of passedOn) {
    const value = ambient[name];
    // A value that starts with `()` is a function that an old shell would run (CVE-2014-6271).
    if (value !== undefined && !value.startsWith("()")) environment[name] = value;
  }
  if (user !== undefined) Object.assign(environment, { HOME: user.home, USER: user.name, LOGNAME: user.name });
  return { ...environment, ...named };
};
