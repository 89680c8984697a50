import type { GithubApplication } from "./github-application.ts";
import { type GithubPerson, githubId } from "./github-person.ts";
import type { GithubRecords } from "./github-records.ts";
import type { People } from "./people.ts";
import type { TokenRequests } from "./token-requests.ts";

/** What the endpoints of one GitHub share. */
export interface GithubState {
  readonly origin: string;
  /** Where the REST API lives: the origin, or `/api/v3` below it on Enterprise. */
  readonly apiUrl: string;
  readonly enterprise: boolean;
  /** Whether a person whose primary address is not verified gets a token. */
  readonly unverifiedEmails: "refuse" | "allow";
  readonly people: People<GithubPerson>;
  readonly applications: Map<string, GithubApplication>;
  readonly records: GithubRecords;
  readonly seen: TokenRequests;
  /** Browser sessions: the value of the cookie, and who it is. */
  readonly sessions: Map<string, number>;
}

export const personById = ({ people }: GithubState, id: number | undefined): GithubPerson | undefined =>
  people.all().find((person) => githubId(person) === id);
