import type { IncomingMessage, ServerResponse } from "node:http";
import { type ApiAnswer, problem } from "./api-answer.ts";
import { githubApplications } from "./github-applications.ts";
import { emailsOf, githubId, type GithubPerson, numberOf, organizationsOf } from "./github-person.ts";
import type { GithubToken } from "./github-records.ts";
import { type GithubState, personById } from "./github-state.ts";

interface Asked {
  readonly state: GithubState;
  readonly url: URL;
  readonly token: GithubToken;
  readonly person: GithubPerson;
}

/** The REST API as far as signing in needs it. */
export async function githubApi(state: GithubState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", state.origin);
  const path = url.pathname.slice(new URL(state.apiUrl).pathname.replace(/\/$/, "").length);
  const { status, body, headers } = request.headers["user-agent"] === undefined ? refused : await answerTo(state, request, path, url);
  const text = body === undefined ? "" : JSON.stringify(body);
  response.writeHead(status, { ...(text === "" ? {} : { "content-type": "application/json; charset=utf-8" }), ...commonHeaders(state), ...headers }).end(text);
}

async function answerTo(state: GithubState, request: IncomingMessage, path: string, url: URL): Promise<ApiAnswer> {
  if (path.startsWith("/applications/")) return githubApplications(state, request, path);
  if (request.method !== "GET") return problem(404, "Not Found");
  const presented = /^(?:bearer|token) +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (presented === undefined) return problem(401, "Requires authentication");
  const token = state.records.liveToken(presented);
  const person = personById(state, token?.personId);
  if (token === undefined || person === undefined) return problem(401, "Bad credentials");
  const answer = resources[path]?.({ state, url, token, person }) ?? problem(404, "Not Found");
  // Tokens of GitHub Apps have permissions in place of scopes.
  const scopes = token.value.startsWith("gho_") ? { "x-oauth-scopes": token.scopes.join(", "), "x-oauth-client-id": token.clientId } : {};
  return { ...answer, headers: { ...scopes, ...answer.headers } };
}

const resources: Readonly<Record<string, (asked: Asked) => ApiAnswer>> = {
  "/user": ({ state, person }) => ({ status: 200, body: { ...account(state, person), name: person.name ?? null, email: person.email ?? null } }),
  "/user/emails": (asked) => {
    if (!has(asked, ["user:email", "user"])) return problem(404, "Not Found", { "x-accepted-oauth-scopes": "user, user:email" });
    return paged(asked, emailsOf(asked.person).map(({ visibility = null, ...email }) => ({ ...email, visibility })));
  },
  "/user/orgs": (asked) => {
    if (!has(asked, ["read:org", "write:org", "admin:org", "user"])) return lacking("read:org, repo, user, write:org, admin:org");
    return paged(asked, visible(asked).map((login) => organization(asked.state, login)));
  },
  "/user/teams": (asked) => {
    if (!has(asked, ["read:org", "write:org", "admin:org", "user", "repo"])) return lacking("read:org, repo, user, write:org, admin:org");
    const teams = (asked.person.teams ?? []).map((team) => team.split(":")).filter(([owner = ""]) => visible(asked).includes(owner));
    return paged(asked, teams.map(([owner = "", slug = ""]) => ({ id: numberOf(`${owner}:${slug}`), name: slug, slug, organization: organization(asked.state, owner) })));
  },
};

/** Whether the token may; GitHub Apps are judged by their installations. */
const has = ({ token }: Asked, scopes: readonly string[]): boolean => !token.value.startsWith("gho_") || scopes.some((scope) => token.scopes.includes(scope));

function visible({ state, token, person }: Asked): readonly string[] {
  const application = state.applications.get(token.clientId);
  const installedIn = application?.kind === "github-app" ? application.installedIn : undefined;
  return organizationsOf(person).filter((login) => installedIn === undefined || installedIn.includes(login));
}

const account = ({ apiUrl, origin }: GithubState, person: GithubPerson) => ({
  login: person.login,
  id: githubId(person),
  node_id: Buffer.from(`04:User${githubId(person)}`).toString("base64"),
  avatar_url: `${origin}/avatars/u/${githubId(person)}?v=4`,
  url: `${apiUrl}/users/${person.login}`,
  html_url: `${origin}/${person.login}`,
  type: "User",
  site_admin: false,
});

const organization = ({ apiUrl }: GithubState, login: string) => ({ login, id: numberOf(`org:${login}`), url: `${apiUrl}/orgs/${login}`, description: "" });

/** One page of a list, and a Link header that leads through all of them. */
function paged({ state, url }: Asked, all: readonly unknown[]): ApiAnswer {
  const number = (name: string, otherwise: number): number => Math.max(1, Math.trunc(Number(url.searchParams.get(name) ?? otherwise)) || otherwise);
  const [size, page] = [Math.min(100, number("per_page", 30)), number("page", 1)];
  const last = Math.max(1, Math.ceil(all.length / size));
  const link = (to: number, relation: string): string => {
    const target = new URL(url.pathname + url.search, state.origin);
    target.searchParams.set("page", String(to));
    return `<${target.href}>; rel="${relation}"`;
  };
  const links = [
    ...(page > 1 ? [link(Math.min(page - 1, last), "prev")] : []),
    ...(page < last ? [link(page + 1, "next"), link(last, "last")] : []),
    ...(page > 1 ? [link(1, "first")] : []),
  ];
  return { status: 200, body: all.slice((page - 1) * size, page * size), headers: links.length === 0 ? {} : { link: links.join(", ") } };
}

const lacking = (accepted: string): ApiAnswer => problem(403, "You need at least read:org scope to list your organizations.", { "x-accepted-oauth-scopes": accepted });

const refused: ApiAnswer = {
  status: 403,
  body: { message: "Request forbidden by administrative rules. Please make sure your request has a User-Agent header." },
};

const commonHeaders = ({ enterprise }: GithubState): Readonly<Record<string, string>> => ({
  "cache-control": "private, max-age=60, s-maxage=60",
  "x-github-media-type": "github.v3; format=json",
  "x-ratelimit-limit": "5000",
  "x-ratelimit-remaining": "4999",
  "x-ratelimit-reset": String(Math.floor(Date.now() / 1000) + 3600),
  ...(enterprise ? { "x-github-enterprise-version": "3.17.4" } : {}),
});
