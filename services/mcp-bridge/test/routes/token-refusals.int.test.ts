import { createFakeClock, request } from "@mcp-auth-proxy/testing";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBridge, type TestBridge } from "../fixtures/bridge.ts";
import type { TokenOptions } from "../fixtures/fake-auth.ts";

const clock = createFakeClock();
let bridge: TestBridge;
beforeAll(async () => {
  bridge = await startBridge({ clock });
});
afterAll(() => bridge.stop());

const ask = async (method: string, headers: Record<string, string>, query = "") =>
  request(`${bridge.resource}${query}`, {
    method,
    headers: { accept: "application/json, text/event-stream", "content-type": "application/json", ...headers },
    ...(method === "POST" ? { body: '{"jsonrpc":"2.0","method":"notifications/x"}' } : {}),
  });
const bearer = async (options?: TokenOptions) => ({ authorization: `Bearer ${await bridge.token(options)}` });

describe("A16, A18: tokens that are refused, all with the same answer", () => {
  const other = "http://localhost:1/mcp";
  const cases: readonly [string, () => Promise<Record<string, string>>][] = [
    ["for another resource", () => bearer({ audience: other })],
    ["for a resource that only starts alike", async () => bearer({ audience: `${bridge.resource}-other` })],
    ["for ours among others", async () => bearer({ audience: [bridge.resource, other] })],
    ["for our resource with a slash", async () => bearer({ audience: `${bridge.resource}/` })],
    ["of another issuer", () => bearer({ issuer: "https://accounts.google.com" })],
    ["that expires now", () => bearer({ expiresAt: clock.now() })],
    ["that is not valid yet", () => bearer({ claims: { nbf: Math.floor(clock.now() / 1000) + 10 } })],
    ["from the future", () => bearer({ issuedAt: clock.now() + 120_000 })],
    ["of another type", () => bearer({ typ: "JWT" })],
    ["signed by an unknown key", () => bearer({ kid: "../../etc/passwd" })],
    ["with another key under a known name", async () => ({ authorization: `Bearer ${await foreignToken()}` })],
    ["without a signature", async () => ({ authorization: `Bearer ${unsigned("none")}` })],
    ["signed with the public key as a secret", async () => ({ authorization: `Bearer ${await symmetric()}` })],
    ...["grant", "sub", "client_id", "scope", "exp", "iat", "jti", "aud"].map(
      (claim): [string, () => Promise<Record<string, string>>] => [`without ${claim}`, () => bearer({ without: [claim] })],
    ),
    ["with a subject that is no text", () => bearer({ claims: { sub: 7 } })],
    ["of enormous claims", () => bearer({ claims: { pad: "x".repeat(5_000) } })],
    ["that is no JWT", async () => ({ authorization: "Bearer abc" })],
    ["in another scheme", async () => ({ authorization: "Basic YTpi" })],
    ["that is empty", async () => ({ authorization: "Bearer " })],
  ];

  it.each(cases)("a token %s", async (_name, headers) => {
    const answer = await ask("POST", await headers());
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe(
      `Bearer error="invalid_token", error_description="The access token is not valid here.", resource_metadata="${bridge.base}/.well-known/oauth-protected-resource/mcp", scope="mcp-access"`,
    );
    expect(answer.json()).toEqual({ jsonrpc: "2.0", error: { code: -32600, message: "The access token is not valid here." } });
    expect((await ask("POST", await bearer())).status).toBe(400);
  });

  it("a token in the query, even beside a good one", async () => {
    const good = await bridge.token();
    expect((await ask("POST", {}, `?access_token=${good}`)).status).toBe(401);
    expect((await ask("POST", { authorization: `Bearer ${good}` }, "?a=b&access_token=x")).status).toBe(401);
    expect((await ask("POST", { authorization: `Bearer ${good}` }, "?a=b")).status).toBe(400);
  });

  it("a token that was good until its second is over, cached or not", async () => {
    const authorization = await bearer({ expiresAt: clock.now() + 1000 });
    expect((await ask("POST", authorization)).status).toBe(400);
    clock.advance(1000);
    expect((await ask("POST", authorization)).status).toBe(401);
  });

  const foreignToken = async (): Promise<string> => {
    const { generateKeyPair } = await import("jose");
    const { privateKey } = await generateKeyPair("ES256");
    const second = Math.floor(clock.now() / 1000);
    return new SignJWT({ iss: bridge.base, aud: bridge.resource, sub: "s", client_id: "c", grant: "g", scope: "mcp-access", jti: "j", iat: second, exp: second + 60 })
      .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "key-1" })
      .sign(privateKey);
  };
  const claims = () => ({ iss: bridge.base, aud: bridge.resource, sub: "s", client_id: "c", grant: "g", scope: "mcp-access", jti: "j", iat: Math.floor(clock.now() / 1000), exp: Math.floor(clock.now() / 1000) + 60 });
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const unsigned = (alg: string): string => `${encode({ alg, typ: "at+jwt", kid: "key-1" })}.${encode(claims())}.`;
  const symmetric = (): Promise<string> =>
    new SignJWT(claims()).setProtectedHeader({ alg: "HS256", typ: "at+jwt", kid: "key-1" }).sign(Buffer.from("the public key, for all we know"));
});
