import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readForm } from "./form-body.ts";
import { allowedRedirect, type GithubApplication } from "./github-application.ts";
import { type GithubPerson, githubId } from "./github-person.ts";
import { type GithubState, personById } from "./github-state.ts";
import { type PageButton, peopleButtons, providerPage } from "./provider-page.ts";

const path = "/login/oauth/authorize";
const errorPages = "/apps/managing-oauth-apps/troubleshooting-authorization-request-errors/";

/** What a browser brought: who is signed in there, and what was pressed. */
interface Visit {
  readonly asked: URLSearchParams;
  readonly pressed: URLSearchParams | undefined;
  readonly session: number | undefined;
}

/** `GET /login/oauth/authorize` and the form of its page. */
export async function githubAuthorize(state: GithubState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const pressed = request.method === "POST" ? await readForm(request) : undefined;
  const asked = pressed === undefined ? new URL(request.url ?? "/", state.origin).searchParams : new URLSearchParams(pressed.get("asked") ?? "");
  const visit = { asked, pressed, session: state.sessions.get(cookieOf(state, request)) };
  const application = state.applications.get(asked.get("client_id") ?? "");
  if (application === undefined) return show(response, 404, "<!doctype html><title>Page not found</title>");
  const redirectUri = allowedRedirect(application, asked.get("redirect_uri") ?? undefined);
  const refuse = (to: string, error: string, description: string): void =>
    leave(response, to, { error, error_description: description, error_uri: errorPages + `#${error.replaceAll("_", "-")}`, state: asked.get("state") });
  if (redirectUri === undefined) {
    return refuse(application.redirectUris[0] ?? "", "redirect_uri_mismatch", "The redirect_uri MUST match the registered callback URL for this application.");
  }
  if (pressed?.get("decision") === "cancel") return refuse(redirectUri, "access_denied", "The user has denied your application access.");
  const method = asked.get("code_challenge_method");
  if (asked.has("code_challenge") && method !== "S256") return refuse(redirectUri, "invalid_request", "Only the S256 code challenge method is accepted.");
  const person = whoIs(state, visit);
  if (person === undefined) return show(response, 200, page(visit, "Sign in to GitHub", `${application.clientId} wants to know who you are.`, peopleButtons(names(state))));
  return decide(state, visit, { application, redirectUri, person, response });
}

interface Decision {
  readonly application: GithubApplication;
  readonly redirectUri: string;
  readonly person: GithubPerson;
  readonly response: ServerResponse;
}

function decide(state: GithubState, visit: Visit, { application, redirectUri, person, response }: Decision): void {
  const { asked, pressed } = visit;
  const authorization = { clientId: application.clientId, personId: githubId(person) };
  const known = state.records.authorizedScopes(authorization);
  const scope = asked.get("scope") ?? "";
  // Without a scope it is everything that was allowed before.
  const scopes = scope === "" ? [...known] : [...new Set(scope.split(/[ ,]+/))].filter((name) => name !== "");
  const isKnown = state.records.hasAuthorized(authorization) && scopes.every((name) => known.has(name));
  const agreed = pressed !== undefined || isKnown || state.people.signedIn !== undefined;
  if (!agreed) {
    const buttons = [
      { name: "decision", value: "authorize", label: "Authorize" },
      { name: "decision", value: "cancel", label: "Cancel" },
    ];
    return show(response, 200, page(visit, "Authorize application", `${application.clientId} asks for: ${scopes.join(", ")}`, buttons));
  }
  const session = randomBytes(16).toString("hex");
  state.sessions.set(session, authorization.personId);
  response.setHeader("set-cookie", `${cookieName(state)}=${session}; Path=/; HttpOnly; SameSite=Lax`);
  const code = state.records.issueCode({ ...authorization, scopes, redirectUri, challenge: asked.get("code_challenge") ?? undefined });
  return leave(response, redirectUri, { code, state: asked.get("state") });
}

function whoIs(state: GithubState, { asked, pressed, session }: Visit): GithubPerson | undefined {
  const { people } = state;
  const named = people.find(pressed?.get("person") ?? people.signedIn);
  if (named !== undefined) return named;
  if (asked.get("prompt") === "select_account" && pressed === undefined) return undefined;
  return personById(state, session) ?? people.find(asked.get("login") ?? undefined);
}

const names = ({ people }: GithubState) => people.all().map(({ login, name = login }) => ({ login, name }));

const page = ({ asked }: Visit, title: string, line: string, buttons: readonly PageButton[]): string =>
  providerPage({ title, lines: [line], action: path, hidden: { asked: asked.toString() }, buttons });

// Browsers share cookies over the ports of a host, so the name says which of several providers set it.
const cookieName = ({ origin }: GithubState): string => `idp${new URL(origin).port}_user_session`;

function cookieOf(state: GithubState, { headers }: IncomingMessage): string {
  const start = `${cookieName(state)}=`;
  const found = (headers.cookie ?? "").split("; ").find((pair) => pair.startsWith(start));
  return found?.slice(start.length) ?? "";
}

function leave(response: ServerResponse, redirectUri: string, parameters: Readonly<Record<string, string | null>>): void {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(parameters)) if (value !== null) url.searchParams.set(name, value);
  response.writeHead(302, { location: url.href, "cache-control": "no-store" }).end();
}

const show = (response: ServerResponse, status: number, html: string): void =>
  void response.writeHead(status, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" }).end(html);
