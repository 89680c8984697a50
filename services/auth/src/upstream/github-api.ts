import type { ProviderOutbound } from "@mcp-auth-proxy/http";
import type { Secret } from "@mcp-auth-proxy/crypto";
import { Type, type Static, type TSchema } from "typebox";
import { Value } from "typebox/value";
import { UpstreamError } from "./upstream-error.ts";

const limits = { maxBytes: 1_048_576, timeoutMs: 10_000 } as const;
const pageSize = 100;
/** Ten thousand organisations or teams of one person: whoever has more is let in by another rule. */
const mostPages = 100;

const Login = Type.String({ minLength: 1, maxLength: 200 });
export const GithubUser = Type.Object({ id: Type.Integer({ minimum: 1 }), login: Login });
const Emails = Type.Array(Type.Object({ email: Type.String({ maxLength: 320 }), primary: Type.Boolean(), verified: Type.Boolean() }));
const Orgs = Type.Array(Type.Object({ login: Login }));
const Teams = Type.Array(Type.Object({ slug: Login, organization: Type.Object({ login: Login }) }));

/** GitHub's REST API for the person of one access token. */
export interface GithubApi {
  user(): Promise<Static<typeof GithubUser>>;
  /** The primary address, if it is verified. */
  email(): Promise<string | undefined>;
  /** `org` for each organisation, over all pages. */
  organisations(): Promise<readonly string[]>;
  /** `org:team` for each team, over all pages. */
  teams(): Promise<readonly string[]>;
}

const hasNext = (link: string | readonly string[] | undefined): boolean => /;\s*rel="?next"?/.test([link].flat().join(","));

export const createGithubApi = (outbound: ProviderOutbound, apiUrl: string, accessToken: Secret<string>): GithubApi => {
  const get = async <Schema extends TSchema>(path: string, schema: Schema): Promise<{ readonly value: Static<Schema>; readonly next: boolean }> => {
    const headers = { accept: "application/vnd.github+json", "x-github-api-version": "2022-11-28", authorization: `Bearer ${accessToken.reveal()}` };
    const answer = await outbound.send(apiUrl + path, { method: "GET", headers, ...limits });
    if (!answer.ok) throw new UpstreamError("unavailable", `the API: ${answer.error.code}: ${answer.error.detail}`, answer.error.cause);
    const { status, body, headers: received } = answer.value;
    if (status >= 500 || status === 429) throw new UpstreamError("unavailable", `the API: status ${status}`);
    if (status !== 200) throw new UpstreamError("invalid", `the API: status ${status}`);
    return { value: checked(schema, Buffer.from(body).toString("utf8")), next: hasNext(received.link) };
  };

  const allPages = async <Schema extends TSchema, Item>(path: string, schema: Schema, items: (page: Static<Schema>) => readonly Item[]): Promise<readonly Item[]> => {
    const all: Item[] = [];
    for (let page = 1; page <= mostPages; page += 1) {
      const { value, next } = await get(`${path}?per_page=${pageSize}&page=${page}`, schema);
      all.push(...items(value));
      if (!next) return all;
    }
    throw new UpstreamError("invalid", "the API: more pages than are read");
  };

  return {
    user: async () => (await get("/user", GithubUser)).value,
    email: async () => {
      const emails = await allPages("/user/emails", Emails, (page) => page);
      return emails.find(({ primary, verified }) => primary && verified)?.email;
    },
    organisations: () => allPages("/user/orgs", Orgs, (page) => page.map(({ login }) => login)),
    teams: () => allPages("/user/teams", Teams, (page) => page.map(({ slug, organization }) => `${organization.login}:${slug}`)),
  };
};

const checked = <Schema extends TSchema>(schema: Schema, text: string): Static<Schema> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Its message holds a piece of what was sent: somebody's address, maybe.
    throw new UpstreamError("unavailable", "the API: no JSON");
  }
  if (!Value.Check(schema, value)) throw new UpstreamError("invalid", "the API: another shape");
  return value;
};
