import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { challengeOf } from "../pkce.ts";
import { basicCredentials } from "./basic-credentials.ts";
import type { FaultKind } from "./fault-plan.ts";
import { readForm } from "./form-body.ts";
import { allowedRedirect, type GithubApplication } from "./github-application.ts";
import { emailsOf } from "./github-person.ts";
import { type GithubToken, refreshTokenSeconds } from "./github-records.ts";
import { type GithubState, personById } from "./github-state.ts";

type Outcome = { readonly token: GithubToken } | { readonly error: keyof typeof errors };

const pages = "https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/";
const errors = {
  incorrect_client_credentials: "The client_id and/or client_secret passed are incorrect.",
  bad_verification_code: "The code passed is incorrect or expired.",
  bad_refresh_token: "The refresh token passed is incorrect or expired.",
  redirect_uri_mismatch: "The redirect_uri MUST match the registered callback URL for this application.",
  unverified_user_email: "The user must have a verified primary email.",
  unsupported_grant_type: "The grant type is not supported.",
} as const;

/** `POST /login/oauth/access_token`. Errors come with status 200, and everything is a form unless JSON is asked for. */
export async function githubTokenEndpoint(state: GithubState, request: IncomingMessage, response: ServerResponse, fault: FaultKind | undefined): Promise<void> {
  const at = Date.now();
  if (request.method !== "POST") return void response.writeHead(404).end();
  const form = new URL(request.url ?? "/", state.origin).searchParams;
  for (const [name, value] of await readForm(request)) form.set(name, value);
  const presented = form.get("refresh_token") ?? undefined;
  const outcome = tokensFor(state, request, form);
  const token = "token" in outcome ? outcome.token : undefined;
  const person = token === undefined ? undefined : String(token.personId);
  if (token?.refreshToken !== undefined) state.seen.issued(token.refreshToken, String(token.personId), presented);
  const error = "error" in outcome ? outcome.error : undefined;
  const grantType = form.get("grant_type") ?? "authorization_code";
  state.seen.arrived({ at, grantType, clientId: form.get("client_id") ?? undefined, status: 200, error, fault }, presented, person);
  answer(request, response, "error" in outcome ? failure(outcome.error) : success(outcome.token));
}

function tokensFor(state: GithubState, request: IncomingMessage, form: URLSearchParams): Outcome {
  const application = authenticated(state, request, form);
  if (application === undefined) return { error: "incorrect_client_credentials" };
  switch (form.get("grant_type") ?? "authorization_code") {
    case "authorization_code":
      return redeemCode(state, application, form);
    case "refresh_token": {
      const used = state.records.takeRefreshToken(form.get("refresh_token") ?? "", application.clientId);
      return used === undefined ? { error: "bad_refresh_token" } : { token: state.records.issueToken(application, used.personId, used.scopes) };
    }
    default:
      return { error: "unsupported_grant_type" };
  }
}

function redeemCode(state: GithubState, application: GithubApplication, form: URLSearchParams): Outcome {
  const code = state.records.takeCode(form.get("code") ?? "");
  if (code === undefined || code.clientId !== application.clientId) return { error: "bad_verification_code" };
  const redirectUri = form.get("redirect_uri") ?? undefined;
  if (redirectUri !== undefined && (redirectUri !== code.redirectUri || allowedRedirect(application, redirectUri) === undefined)) {
    return { error: "redirect_uri_mismatch" };
  }
  const verifier = form.get("code_verifier") ?? "";
  if (code.challenge !== undefined && challengeOf(verifier) !== code.challenge) return { error: "bad_verification_code" };
  const person = personById(state, code.personId);
  if (person === undefined) return { error: "bad_verification_code" };
  const primary = emailsOf(person).find((email) => email.primary);
  if (state.unverifiedEmails === "refuse" && primary?.verified !== true) return { error: "unverified_user_email" };
  return { token: state.records.issueToken(application, code.personId, code.scopes) };
}

/** The application with this secret, sent in the body or as Basic. */
function authenticated({ applications }: GithubState, { headers }: IncomingMessage, form: URLSearchParams): GithubApplication | undefined {
  const basic = basicCredentials(headers.authorization);
  const application = applications.get(basic?.clientId ?? form.get("client_id") ?? "");
  const secret = Buffer.from(basic?.clientSecret ?? form.get("client_secret") ?? "");
  const expected = Buffer.from(application?.clientSecret ?? "");
  return expected.length > 0 && secret.length === expected.length && timingSafeEqual(secret, expected) ? application : undefined;
}

const failure = (error: keyof typeof errors) => ({ error, error_description: errors[error], error_uri: `${pages}#${error.replaceAll("_", "-")}` });

const success = ({ value, scopes, createdAt, expiresAt, refreshToken }: GithubToken) => ({
  access_token: value,
  ...(expiresAt === undefined || refreshToken === undefined
    ? {}
    : { expires_in: Math.round((expiresAt - createdAt) / 1000), refresh_token: refreshToken, refresh_token_expires_in: refreshTokenSeconds }),
  scope: scopes.join(","),
  token_type: "bearer",
});

function answer({ headers }: IncomingMessage, response: ServerResponse, body: Readonly<Record<string, string | number>>): void {
  const json = /\bapplication\/json\b/i.test(headers.accept ?? "");
  const form = new URLSearchParams(Object.entries(body).map(([name, value]): [string, string] => [name, String(value)]));
  const type = json ? "application/json; charset=utf-8" : "application/x-www-form-urlencoded; charset=utf-8";
  response.writeHead(200, { "content-type": type, "cache-control": "max-age=0, private, must-revalidate" }).end(json ? JSON.stringify(body) : form.toString());
}
