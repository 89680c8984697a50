import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import type { AccessRule } from "./access-rules.ts";

/** Whose list it is: in ALLOWED_USERS and GitHub's a bare name is a GitHub login, in OIDC's the user id field's value. */
export type UserList = "any" | "google" | "github" | "oidc";

/** `entry` is what can not be read, as it stood. */
export interface AccessProblem {
  readonly entry: string;
  readonly takes: string;
}

const domainShape = /^(?=.{1,253}$)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*$/;
const emailShape = /^[^\s@*,]{1,64}@([^\s@*,]+)$/;
/** Also with the short code of an enterprise's managed users (`name_code`). */
const loginShape = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/;

const entriesOf = (list: string): readonly string[] => list.split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");

const each = (list: string, parse: (entry: string) => AccessRule | undefined, takes: string): Result<readonly AccessRule[], AccessProblem> => {
  const rules: AccessRule[] = [];
  for (const entry of entriesOf(list)) {
    const rule = parse(entry);
    if (rule === undefined) return err({ entry, takes });
    rules.push(rule);
  }
  return ok(rules);
};

const bareName = (entry: string, list: UserList): AccessRule | undefined => {
  if (list === "oidc") return entry.includes("*") ? undefined : { kind: "name", name: entry };
  return list !== "google" && loginShape.test(entry) ? { kind: "github-login", login: entry } : undefined;
};

const userRule = (entry: string, list: UserList): AccessRule | undefined => {
  if (entry === "*") return { kind: "everyone" };
  if (entry.startsWith("group:")) return entry.length > "group:".length && list !== "github" && list !== "google" ? { kind: "group", group: entry.slice("group:".length) } : undefined;
  if (entry.startsWith("*@")) return domainShape.test(entry.slice(2)) ? { kind: "email-domain", domain: entry.slice(2) } : undefined;
  const [, domain] = emailShape.exec(entry) ?? [];
  if (domain !== undefined && domainShape.test(domain)) return list === "oidc" ? { kind: "name", name: entry } : { kind: "email", email: entry };
  return entry.includes("@") ? undefined : bareName(entry, list);
};

const userForms: Readonly<Record<UserList, string>> = {
  any: "a@b.c, a GitHub login, *@domain, group:name or *",
  google: "a@b.c, *@domain or *",
  github: "a GitHub login, a@b.c, *@domain or *",
  oidc: "a@b.c, the value of the user id field, *@domain, group:name or *",
};

/** ALLOWED_USERS, GOOGLE_ALLOWED_USERS, GITHUB_ALLOWED_USERS, OIDC_ALLOWED_USERS, a server's `allowed_users` (joined by commas). */
export const parseAllowedUsers = (list: string, of: UserList): Result<readonly AccessRule[], AccessProblem> => each(list, (entry) => userRule(entry, of), userForms[of]);

/** ALLOWED_DOMAINS: e-mail domains. */
export const parseAllowedDomains = (list: string): Result<readonly AccessRule[], AccessProblem> =>
  each(list, (entry) => (entry === "*" ? { kind: "everyone" } : domainShape.test(entry) ? { kind: "email-domain", domain: entry } : undefined), "domains, or *");

/** GOOGLE_ALLOWED_WORKSPACES: domains of Google Workspaces. */
export const parseAllowedWorkspaces = (list: string): Result<readonly AccessRule[], AccessProblem> =>
  each(list, (entry) => (domainShape.test(entry) ? { kind: "workspace", domain: entry } : undefined), "domains of Google Workspaces");

/** GITHUB_ALLOWED_ORGS: `org` or `org:team` (the team's slug). */
export const parseAllowedOrgs = (list: string): Result<readonly AccessRule[], AccessProblem> =>
  each(
    list,
    (entry) => {
      const [org = "", team, ...more] = entry.split(":");
      if (more.length > 0 || !loginShape.test(org) || (team !== undefined && !/^[\w.-]{1,200}$/.test(team))) return undefined;
      return team === undefined ? { kind: "github-org", org } : { kind: "github-org", org, team };
    },
    "org or org:team",
  );

/** OIDC_ALLOWED_USERS_GLOB: names with stars. */
export const parseAllowedGlobs = (list: string): Result<readonly AccessRule[], AccessProblem> => each(list, (glob) => ({ kind: "name-glob", glob }), "names, with stars");

/** OIDC_ALLOWED_ATTRIBUTES: `/claim=value`, the claim as a JSON pointer. */
export const parseAllowedAttributes = (list: string): Result<readonly AccessRule[], AccessProblem> =>
  each(
    list,
    (entry) => {
      const at = entry.indexOf("=");
      const pointer = entry.slice(0, at);
      return at > 1 && pointer.startsWith("/") && at < entry.length - 1 ? { kind: "attribute", pointer, value: entry.slice(at + 1) } : undefined;
    },
    "/claim=value",
  );
