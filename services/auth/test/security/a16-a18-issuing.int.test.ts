import { authV1 } from "@mcp-auth-proxy/contracts";
import { uuidv7 } from "@mcp-auth-proxy/crypto";
import { createLocalJWKSet, jwtVerify } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestClient, tokensOf } from "../client.ts";
import { issuer, resource, startAuth, type RunningAuth } from "../running-auth.ts";

const second = `${issuer}/second/mcp`;

let auth: RunningAuth;
let client: TestClient;
beforeEach(async () => {
  auth = await startAuth({
    config: {
      resources: [
        { name: "files", resource, path: "/mcp", displayName: "Files" },
        { name: "second", resource: second, path: "/second/mcp", displayName: "Second" },
      ],
    },
  });
  client = await TestClient.register(auth);
});
afterEach(() => auth.stop());

const claimsOf = (token: string): Record<string, unknown> => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
const headerOf = (token: string): Record<string, unknown> => JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString());
const keySet = async () => createLocalJWKSet(await auth.bridge.ask(authV1.jwks, {}));
const rotate = async (): Promise<string> => (await auth.bridge.ask(authV1.rotateSigningKey, { commandId: uuidv7(auth.clock.now()), actor: "operator" })).kid;

describe("A16 a token is for one server", () => {
  it("A16 has the server that was consented to as its only audience, in the canonical spelling", async () => {
    const approved = await client.approve({ resource: `HTTP://LOCALHOST:8080/second/mcp/` });
    const tokens = tokensOf(await client.exchange(approved, { resource: second }));
    expect(claimsOf(tokens.accessToken)["aud"]).toBe(second);
    const refreshed = tokensOf(await client.refresh(tokens.refreshToken, { resource: undefined }));
    expect(claimsOf(refreshed.accessToken)["aud"]).toBe(second);
  });

  it.each([`${resource}-other`, second, `${resource}/../second/mcp`, `${resource}#x`, "https://evil.example/mcp"])(
    "A16 a code for one server buys nothing for %s, and is still good for its own",
    async (other) => {
      const approved = await client.approve();
      const before = await auth.events();
      expect((await client.exchange(approved, { resource: other })).body["error"]).toBe("invalid_target");
      expect(await auth.events()).toEqual(before);
      const tokens = tokensOf(await client.exchange(approved));
      expect(claimsOf(tokens.accessToken)["aud"]).toBe(resource);
    },
  );

  it("A16 with several servers there is no token without naming one", async () => {
    const location = await auth.app.inject({ url: client.authorizeUrl({ verifier: "", challenge: "c".repeat(43) }, { resource: undefined }).slice(issuer.length) });
    expect(new URL(String(location.headers["location"])).searchParams.get("error")).toBe("invalid_target");
  });
});

describe("A18 what we sign, and with what", () => {
  it("A18 signs with ES256 under the active key only, and puts no key or address of one into the header", async () => {
    const { accessToken } = await signIn();
    expect(Object.keys(headerOf(accessToken)).toSorted()).toEqual(["alg", "kid", "typ"]);
    expect(headerOf(accessToken)).toMatchObject({ alg: "ES256", typ: "at+jwt" });
  });

  it("A18 publishes public halves only, alike over HTTP and the bus", async () => {
    const { keys } = await auth.bridge.ask(authV1.jwks, {});
    const answer = await auth.app.inject({ url: "/jwks" });
    expect(answer.json()).toEqual({ keys });
    expect(answer.headers["access-control-allow-origin"]).toBe("*");
    for (const key of keys) expect(Object.keys(key).toSorted()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
  });

  it("A18 a rotated key still verifies what it signed, and nothing is signed with it again", async () => {
    const before = await signIn();
    const kid = await rotate();
    const after = tokensOf(await client.refresh(before.refreshToken, { resource: undefined }));
    expect(headerOf(before.accessToken)["kid"]).not.toBe(kid);
    expect(headerOf(after.accessToken)["kid"]).toBe(kid);
    for (const token of [before.accessToken, after.accessToken]) {
      await expect(jwtVerify(token, await keySet(), { currentDate: new Date(auth.clock.now()) })).resolves.toBeDefined();
    }
  });

  it("A18 drops a retired key from the JWKS when the last token signed with it has expired", async () => {
    const { accessToken } = await signIn();
    const old = headerOf(accessToken)["kid"];
    await rotate();
    const published = async () => (await auth.bridge.ask(authV1.jwks, {})).keys.map((key) => key.kid);
    auth.clock.advance(auth.config.accessTokenTtlMs - 1);
    expect(await published()).toContain(old);
    auth.clock.advance(1);
    expect(await published()).not.toContain(old);
  });

  it("A18 everything revoked and then rotated, as after a theft, leaves the stolen key in no JWKS", async () => {
    const old = headerOf((await signIn()).accessToken)["kid"];
    await auth.bridge.ask(authV1.revoke, { commandId: uuidv7(auth.clock.now()), actor: "operator", target: { kind: "all" } });
    const kid = await rotate();
    expect(kid).not.toBe(old);
    expect((await auth.bridge.ask(authV1.jwks, {})).keys.map((key) => key.kid)).toEqual([kid]);
  });

  it("A18 a repeated rotation command makes one key", async () => {
    const command = { commandId: uuidv7(auth.clock.now()), actor: "operator" };
    const first = await auth.bridge.ask(authV1.rotateSigningKey, command);
    const again = await auth.bridge.ask(authV1.rotateSigningKey, command);
    expect(again).toEqual(first);
    expect((await auth.events()).filter((event) => event.endsWith("SigningKeyActivated"))).toHaveLength(2);
    expect(headerOf((await signIn()).accessToken)["kid"]).toBe(first.kid);
  });

  it("A18 the private half of a retired key is gone", async () => {
    await rotate();
    const names = await auth.store.sql.selectFrom("cx_auth_secrets").select("name").where("name", "like", "signing-key/%").execute();
    expect(names).toHaveLength(1);
  });
});

async function signIn() {
  return tokensOf(await client.exchange(await client.approve()));
}
