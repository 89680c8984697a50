import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { sha256 } from "@mcp-auth-proxy/crypto";
import { SignJWT } from "jose";
import { parseJwks } from "../src/validate/client-jwks.ts";
import type { ConfiguredClient } from "../src/index.ts";
import type { Answer } from "./client.ts";
import { issuer, type RunningAuth } from "./running-auth.ts";

export const secret = "a secret that is long enough for anybody";

export const secretClient = (clientId: string, more: Partial<ConfiguredClient> = {}): ConfiguredClient => ({
  clientId,
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scope: "mcp-access",
  resourceServer: false,
  authentication: { method: "client_secret_basic", secretHash: sha256(secret) },
  ...more,
});

/** A key pair of a client or an issuer, as it is published and as it signs. */
export class Signer {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicJwk: Record<string, unknown>;

  constructor(kid = "k1") {
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.kid = kid;
    this.privateKey = pair.privateKey;
    this.publicJwk = { ...pair.publicKey.export({ format: "jwk" }), kid };
  }

  jwks() {
    const parsed = parseJwks({ keys: [this.publicJwk] });
    if (!parsed.ok) throw new Error(parsed.error);
    return parsed.value;
  }

  sign(claims: Readonly<Record<string, unknown>>, header: Readonly<Record<string, unknown>> = {}): Promise<string> {
    return new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: this.kid, ...header }).sign(this.privateKey);
  }
}

let count = 0;

/** The claims of a good client assertion; overrides with undefined leave one out. */
export const assertionClaims = (auth: RunningAuth, clientId: string, overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => {
  const now = Math.floor(auth.clock.now() / 1000);
  count += 1;
  return { iss: clientId, sub: clientId, aud: issuer, jti: `jti-${count}`, iat: now, exp: now + 60, ...overrides };
};

export const basic = (clientId: string, password = secret): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(password)}`).toString("base64")}`,
});

export const assertionParameters = (assertion: string): Record<string, string> => ({
  client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
  client_assertion: assertion,
});

export const post = async (
  auth: RunningAuth,
  url: string,
  parameters: Readonly<Record<string, string | undefined>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> => {
  const given = Object.entries(parameters).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]]));
  const answer = await auth.app.inject({
    method: "POST",
    url,
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    payload: new URLSearchParams(given).toString(),
  });
  return { status: answer.statusCode, headers: answer.headers, text: answer.payload, body: answer.payload.startsWith("{") ? answer.json() : {} };
};

export const payloadOf = (token: unknown): Record<string, unknown> => JSON.parse(Buffer.from(String(token).split(".")[1] ?? "", "base64url").toString());
