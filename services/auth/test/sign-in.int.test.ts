import { authV1 } from "@mcp-auth-proxy/contracts";
import { createLocalJWKSet, jwtVerify } from "jose";
import { afterEach, beforeEach, expect, it } from "vitest";
import { TestClient, tokensOf } from "./client.ts";
import { issuer, resource, startAuth, type RunningAuth } from "./running-auth.ts";

let auth: RunningAuth;
beforeEach(async () => {
  auth = await startAuth();
});
afterEach(() => auth.stop());

it("leads from registration through consent and password to tokens", async () => {
  const client = await TestClient.register(auth);
  const approved = await client.approve();
  expect(approved.redirect.searchParams.get("state")).toBe("the-state");
  expect(approved.redirect.searchParams.get("iss")).toBe(issuer);
  const answer = await client.exchange(approved);
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({ token_type: "Bearer", expires_in: 3600, scope: "mcp-access offline_access" });
  expect(answer.headers["cache-control"]).toBe("no-store");
  expect(Object.keys(answer.body).toSorted()).toEqual(["access_token", "expires_in", "refresh_token", "scope", "token_type"]);
});

it("issues access tokens as RFC 9068 says, verifiable with the JWKS of the bus", async () => {
  const client = await TestClient.register(auth);
  const { accessToken } = await client.signIn();
  const { keys } = await auth.bridge.ask(authV1.jwks, {});
  const { payload, protectedHeader } = await jwtVerify(accessToken, createLocalJWKSet({ keys }), { currentDate: new Date(auth.clock.now()) });
  expect(protectedHeader).toEqual({ alg: "ES256", typ: "at+jwt", kid: keys[0]?.kid });
  const seconds = Math.floor(auth.clock.now() / 1000);
  expect(payload).toMatchObject({ iss: issuer, aud: resource, client_id: client.clientId, scope: "mcp-access offline_access", iat: seconds, exp: seconds + 3600 });
  expect(payload.sub).toMatch(/^[0-9a-f-]{36}$/);
  expect(payload["grant"]).toMatch(/^[0-9a-f-]{36}$/);
  expect(payload.jti).toMatch(/^[0-9a-f-]{36}$/);
});

it("gives the owner the same subject at every sign-in, under any client", async () => {
  const one = await TestClient.register(auth);
  const two = await TestClient.register(auth);
  const subjects = await Promise.all([one, one, two].map(async (client) => client.signIn()));
  const claims = subjects.map(({ accessToken }) => JSON.parse(Buffer.from(accessToken.split(".")[1] ?? "", "base64url").toString()).sub);
  expect(new Set(claims).size).toBe(1);
});

it("puts a client on the log at its first completed authorization, once", async () => {
  const client = await TestClient.register(auth);
  const before = await auth.events();
  expect(before.filter((event) => event.startsWith("client-"))).toEqual([]);
  await client.approve();
  await client.approve();
  const after = await auth.events();
  expect(after.filter((event) => event.startsWith("client-"))).toEqual([`client-${client.clientId} ClientRegistered`]);
});

it("serves JSON bodies at the token endpoint", async () => {
  const client = await TestClient.register(auth);
  const { code, pkce } = await client.approve();
  const answer = await auth.app.inject({
    method: "POST",
    url: "/token",
    headers: { "content-type": "application/json" },
    payload: JSON.stringify({ grant_type: "authorization_code", code, client_id: client.clientId, code_verifier: pkce.verifier }),
  });
  expect(answer.statusCode).toBe(200);
  expect(answer.headers["access-control-allow-origin"]).toBe("*");
});

it("rotates at each refresh, and the new token works as the old one did", async () => {
  const client = await TestClient.register(auth);
  const first = await client.signIn();
  const second = tokensOf(await client.refresh(first.refreshToken));
  expect(second.refreshToken).not.toBe(first.refreshToken);
  const third = await client.refresh(second.refreshToken);
  expect(third.status).toBe(200);
});

it("gives no refresh token to a client that did not register for one", async () => {
  const client = await TestClient.register(auth, { grant_types: ["authorization_code"] });
  const answer = await client.exchange(await client.approve());
  expect(answer.status).toBe(200);
  expect(answer.body).not.toHaveProperty("refresh_token");
});

it("narrows the scope of a refresh, and gives the full scope again at the next one", async () => {
  const client = await TestClient.register(auth);
  const { refreshToken } = await client.signIn();
  const narrowed = await client.refresh(refreshToken, { scope: "mcp-access" });
  expect(narrowed.body["scope"]).toBe("mcp-access");
  const full = await client.refresh(tokensOf(narrowed).refreshToken);
  expect(full.body["scope"]).toBe("mcp-access offline_access");
});
