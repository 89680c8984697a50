import { createPkce, type Pkce } from "@mcp-auth-proxy/testing";
import { Browser, targetOf } from "./browser.ts";
import { issuer, resource, type RunningAuth } from "./running-auth.ts";

export const redirectUri = "http://127.0.0.1:9/callback";

type Overrides = Readonly<Record<string, string | undefined>>;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** The JSON body; empty for an empty answer. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** A code, and everything that belongs to it. */
export interface Approved {
  readonly code: string;
  readonly redirect: URL;
  readonly pkce: Pkce;
}

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

const merged = (defaults: Overrides, overrides: Overrides): URLSearchParams => {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...defaults, ...overrides })) if (value !== undefined) parameters.set(name, value);
  return parameters;
};

export const tokensOf = (answer: Answer): Tokens => {
  const { access_token: accessToken, refresh_token: refreshToken } = answer.body;
  if (typeof accessToken !== "string" || typeof refreshToken !== "string") throw new Error(`no tokens: ${answer.status} ${answer.text.slice(0, 300)}`);
  return { accessToken, refreshToken };
};

/** A public OAuth client without opinions: overrides with undefined leave a parameter out. */
export class TestClient {
  readonly auth: RunningAuth;
  readonly clientId: string;

  constructor(auth: RunningAuth, clientId: string) {
    this.auth = auth;
    this.clientId = clientId;
  }

  static async register(auth: RunningAuth, metadata: Readonly<Record<string, unknown>> = {}): Promise<TestClient> {
    const answer = await auth.app.inject({
      method: "POST",
      url: "/register",
      headers: { "content-type": "application/json" },
      payload: JSON.stringify({ client_name: "Test client", redirect_uris: [redirectUri], ...metadata }),
    });
    const body: { client_id?: string } = answer.json();
    if (body.client_id === undefined) throw new Error(`not registered: ${answer.statusCode} ${answer.payload}`);
    return new TestClient(auth, body.client_id);
  }

  authorizeUrl(pkce: Pkce, overrides: Overrides = {}): string {
    const defaults = {
      response_type: "code",
      client_id: this.clientId,
      redirect_uri: redirectUri,
      code_challenge: pkce.challenge,
      code_challenge_method: "S256",
      resource,
      scope: "mcp-access offline_access",
      state: "the-state",
    };
    return `${issuer}/authorize?${merged(defaults, overrides).toString()}`;
  }

  /** Consent and sign-in, up to the redirect with the code. */
  async approve(overrides: Overrides = {}, browser = new Browser(this.auth)): Promise<Approved> {
    const pkce = createPkce();
    const consent = await browser.open(this.authorizeUrl(pkce, overrides));
    const approved = await browser.approve(consent);
    // In a browser that is signed in, the approval is the last page before the way back.
    const redirect = targetOf(approved.text.includes('<input type="password"') ? await browser.signIn(approved) : approved);
    const code = redirect.searchParams.get("code");
    if (code === null) throw new Error(`no code: ${redirect.href}`);
    return { code, redirect, pkce };
  }

  async post(path: string, parameters: URLSearchParams, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const answer = await this.auth.app.inject({
      method: "POST",
      url: path,
      headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
      payload: parameters.toString(),
    });
    const json = answer.payload.startsWith("{");
    return { status: answer.statusCode, headers: answer.headers, text: answer.payload, body: json ? answer.json() : {} };
  }

  exchange({ code, pkce }: Approved, overrides: Overrides = {}): Promise<Answer> {
    const defaults = { grant_type: "authorization_code", code, client_id: this.clientId, redirect_uri: redirectUri, code_verifier: pkce.verifier, resource };
    return this.post("/token", merged(defaults, overrides));
  }

  refresh(refreshToken: string, overrides: Overrides = {}): Promise<Answer> {
    const defaults = { grant_type: "refresh_token", refresh_token: refreshToken, client_id: this.clientId, resource };
    return this.post("/token", merged(defaults, overrides));
  }

  revoke(token: string, overrides: Overrides = {}): Promise<Answer> {
    return this.post("/revoke", merged({ token, client_id: this.clientId }, overrides));
  }

  async signIn(): Promise<Tokens> {
    return tokensOf(await this.exchange(await this.approve()));
  }
}
