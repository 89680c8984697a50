import { randomBytes } from "node:crypto";
import { type Answer, request } from "../answer.ts";
import { FormRobot } from "../form-robot.ts";
import { createPkce } from "../pkce.ts";
import type { UpstreamClient } from "./upstream-client.ts";

export interface UpstreamSignInOptions {
  readonly endpoints: { readonly authorization: string; readonly token: string };
  readonly client: UpstreamClient;
  /** The login of who signs in. */
  readonly person: string;
  readonly scope?: string;
  /** More authorization parameters, over the usual ones. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** A browser that has been there before. */
  readonly robot?: FormRobot;
  readonly decision?: "approve" | "deny";
}

/** A sign-in at a provider up to the redirect, and what is needed to redeem its code. */
export interface UpstreamRedirect {
  readonly url: URL;
  readonly verifier: string;
  readonly nonce: string;
}

/** A person signs in at a provider with a browser; resolves with the redirect that goes to the gateway. */
export async function upstreamRedirect({
  endpoints,
  client,
  person,
  scope = "openid email profile",
  parameters = {},
  robot = new FormRobot(),
  decision = "approve",
}: UpstreamSignInOptions): Promise<UpstreamRedirect> {
  const { verifier, challenge } = createPkce();
  const nonce = randomBytes(16).toString("hex");
  const redirectUri = client.redirectUris[0] ?? "";
  const asked = new URLSearchParams({
    response_type: "code",
    client_id: client.clientId,
    redirect_uri: redirectUri,
    scope,
    state: randomBytes(8).toString("hex"),
    nonce,
    code_challenge: challenge,
    code_challenge_method: "S256",
    ...parameters,
  });
  const url = await robot.walk(`${endpoints.authorization}?${asked.toString()}`, redirectUri, { person, decision });
  return { url, verifier, nonce };
}

/** A whole sign-in in the gateway's place: what the token endpoint answers to the code. */
export async function signInUpstream(options: UpstreamSignInOptions): Promise<Answer> {
  const { url, verifier } = await upstreamRedirect(options);
  const { endpoints, client } = options;
  return askForTokens(endpoints.token, client, {
    grant_type: "authorization_code",
    code: url.searchParams.get("code") ?? "",
    redirect_uri: client.redirectUris[0] ?? "",
    code_verifier: verifier,
  });
}

/** One refresh in the gateway's place. */
export const refreshUpstream = (tokenEndpoint: string, client: UpstreamClient, refreshToken: string): Promise<Answer> =>
  askForTokens(tokenEndpoint, client, { grant_type: "refresh_token", refresh_token: refreshToken });

function askForTokens(tokenEndpoint: string, { clientId, clientSecret }: UpstreamClient, parameters: Readonly<Record<string, string>>): Promise<Answer> {
  const secret: Readonly<Record<string, string>> = clientSecret === undefined ? {} : { client_secret: clientSecret };
  const body = new URLSearchParams({ ...parameters, client_id: clientId, ...secret });
  return request(tokenEndpoint, { method: "POST", body, headers: { accept: "application/json" } });
}
