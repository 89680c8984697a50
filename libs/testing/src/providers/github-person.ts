import { createHash } from "node:crypto";

export interface GithubEmail {
  readonly email: string;
  readonly primary: boolean;
  readonly verified: boolean;
  readonly visibility?: "public" | "private" | null;
}

/** Somebody with a GitHub account. The id stays for life, the login can be changed and then taken by somebody else. */
export interface GithubPerson {
  readonly login: string;
  /** Default: made of the login. */
  readonly id?: number;
  readonly name?: string;
  /** The public e-mail; absent: none, as most people have it. */
  readonly email?: string;
  /** Default: one primary, verified, private address at example.com. */
  readonly emails?: readonly GithubEmail[];
  /** Logins of organisations. */
  readonly organizations?: readonly string[];
  /** `organisation:team-slug`; a member of a team is one of its organisation. */
  readonly teams?: readonly string[];
}

export const numberOf = (text: string): number => createHash("sha256").update(text).digest().readUInt32BE(0) % 100_000_000;
export const githubId = ({ id, login }: GithubPerson): number => id ?? numberOf(login);

export const emailsOf = ({ emails, login }: GithubPerson): readonly GithubEmail[] =>
  emails ?? [{ email: `${login}@example.com`, primary: true, verified: true, visibility: "private" }];

/** All organisations of a person, those of their teams among them. */
export const organizationsOf = ({ organizations = [], teams = [] }: GithubPerson): readonly string[] => [
  ...new Set([...organizations, ...teams.map((team) => team.split(":")[0] ?? "")]),
];
