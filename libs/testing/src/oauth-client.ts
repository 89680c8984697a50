import { randomBytes } from "node:crypto";
import { type Answer, freshAddress, request } from "./answer.ts";
import type { Discovery } from "./discovery.ts";
import { stringIn } from "./json.ts";
import { createPkce, type Pkce } from "./pkce.ts";

/** Parameters put over the defaults; undefined takes one away. This is how a test attacks. */
export type Overrides = Readonly<Record<string, string | undefined>>;

export interface AuthorizationRequest {
  readonly url: string;
  readonly state: string;
  readonly pkce: Pkce;
  readonly redirectUri: string;
}

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

function merge(defaults: Overrides, overrides: Overrides): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...defaults, ...overrides })) {
    if (value !== undefined) parameters.set(name, value);
  }
  return parameters;
}

/** Reads the two tokens from an answer of the token endpoint; fails unless it is a complete success. */
export function tokensIn(answer: Answer): Tokens {
  if (answer.status !== 200) throw new Error(`the token endpoint answered ${answer.status}: ${answer.text.slice(0, 300)}`);
  const body = answer.json();
  return { accessToken: stringIn(body, "access_token"), refreshToken: stringIn(body, "refresh_token") };
}

/** A small public OAuth client. It answers with raw responses and holds no opinion, so that a test can send anything. */
export class OAuthClient {
  readonly discovery: Discovery;
  readonly clientId: string;
  readonly redirectUri: string;
  /** Where this client's own requests come from. */
  readonly address = freshAddress();

  constructor(discovery: Discovery, clientId: string, redirectUri: string) {
    this.discovery = discovery;
    this.clientId = clientId;
    this.redirectUri = redirectUri;
  }

  /** Registers dynamically (RFC 7591) as a native public client. */
  static async register(discovery: Discovery, redirectUri: string, name = "test client"): Promise<OAuthClient> {
    const answer = await registerClient(discovery, { client_name: name, redirect_uris: [redirectUri] });
    if (answer.status !== 201) throw new Error(`registration answered ${answer.status}: ${answer.text.slice(0, 300)}`);
    return new OAuthClient(discovery, stringIn(answer.json(), "client_id"), redirectUri);
  }

  /** The URL to open in a browser, with the state and verifier that belong to it. */
  authorizationRequest(overrides: Overrides = {}): AuthorizationRequest {
    const pkce = createPkce();
    const state = randomBytes(16).toString("base64url");
    const parameters = merge(
      {
        response_type: "code",
        client_id: this.clientId,
        redirect_uri: this.redirectUri,
        code_challenge: pkce.challenge,
        code_challenge_method: "S256",
        resource: this.discovery.resource,
        scope: this.discovery.challengedScope,
        state,
      },
      overrides,
    );
    return {
      url: `${this.discovery.authorizationEndpoint}?${parameters.toString()}`,
      state,
      pkce,
      redirectUri: parameters.get("redirect_uri") ?? this.redirectUri,
    };
  }

  token(parameters: Overrides, from = this.address): Promise<Answer> {
    return request(this.discovery.tokenEndpoint, { method: "POST", body: merge({}, parameters), from });
  }

  exchange(code: string, made: AuthorizationRequest, overrides: Overrides = {}): Promise<Answer> {
    return this.token({
      grant_type: "authorization_code",
      code,
      client_id: this.clientId,
      redirect_uri: made.redirectUri,
      code_verifier: made.pkce.verifier,
      resource: this.discovery.resource,
      ...overrides,
    });
  }

  refresh(refreshToken: string, overrides: Overrides = {}, from = this.address): Promise<Answer> {
    const { clientId: client_id, discovery } = this;
    return this.token({ grant_type: "refresh_token", refresh_token: refreshToken, client_id, resource: discovery.resource, ...overrides }, from);
  }
}

/** One registration request with metadata of the test's choice. */
export function registerClient(discovery: Discovery, metadata: Readonly<Record<string, unknown>>): Promise<Answer> {
  return request(discovery.registrationEndpoint, {
    method: "POST",
    from: freshAddress(),
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      ...metadata,
    }),
  });
}
