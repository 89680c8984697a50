import { authV1 } from "@mcp-auth-proxy/contracts";
import { createSealingKeyPair, uuidv7 } from "@mcp-auth-proxy/crypto";
import { createRemoteJWKSet, customFetch, decodeJwt, jwtVerify } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestClient } from "../client.ts";
import { issuer, resource, startAuth, type RunningAuth } from "../running-auth.ts";

let running: RunningAuth;
let client: TestClient;
beforeEach(async () => {
  running = await startAuth();
  client = await TestClient.register(running);
});
afterEach(() => running.stop());

const ask = async (grantId: unknown, about = resource) => {
  const reply = await createSealingKeyPair();
  const { sealed } = await running.bridge.ask(authV1.identity, { grantId: String(grantId), resource: about, replyKey: reply.publicKey });
  return { sealed, identity: JSON.parse((await reply.open(sealed)).toString("utf8")) as authV1.Identity };
};

/** As a server behind the gateway would: with nothing but the issuer's published keys. */
const verified = async (assertion: string) => {
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`), {
    [customFetch]: async () => new Response((await running.app.inject({ url: "/jwks" })).payload, { headers: { "content-type": "application/json" } }),
  });
  return jwtVerify(assertion, keys, { issuer, audience: resource, typ: "mcp-identity+jwt", algorithms: ["ES256"], currentDate: new Date(running.clock.now()) });
};

describe("who stands behind a grant", () => {
  it("is told to a bridge, sealed, with an assertion that the published keys verify for five minutes", async () => {
    const { accessToken } = await client.signIn();
    const { grant, sub } = decodeJwt(accessToken);
    const { sealed, identity } = await ask(grant);
    expect(identity).toMatchObject({ sub, preferred_username: "owner", expiresAt: Math.floor(running.clock.now() / 1000) * 1000 + 300_000 });
    const { payload } = await verified(identity.assertion);
    expect(payload).toMatchObject({ sub, client_id: client.clientId, preferred_username: "owner" });
    expect(sealed).not.toContain(identity.assertion);
    running.clock.advance(301_000);
    await expect(verified(identity.assertion)).rejects.toThrow();
  });

  it("is no access token, and no endpoint takes it for one", async () => {
    const { accessToken } = await client.signIn();
    const { identity } = await ask(decodeJwt(accessToken).grant);
    const answer = await running.app.inject({ method: "POST", url: "/introspect", headers: { "content-type": "application/x-www-form-urlencoded" }, payload: new URLSearchParams({ token: identity.assertion, client_id: client.clientId }).toString() });
    expect(answer.payload).not.toContain('"active":true');
    expect((await client.revoke(identity.assertion)).status).toBe(200);
    expect((await client.refresh((await client.signIn()).refreshToken)).status).toBe(200);
    await ask(decodeJwt(accessToken).grant);
  });

  it.each([
    ["an unknown grant", { grant: uuidv7(), about: resource }],
    ["another resource", { grant: undefined, about: `${issuer}/other/mcp` }],
  ])("is not told for %s", async (_, { grant, about }) => {
    const { accessToken } = await client.signIn();
    await expect(ask(grant ?? decodeJwt(accessToken).grant, about)).rejects.toMatchObject({ code: "refused" });
  });

  it("is not told any more once the grant has ended", async () => {
    const { accessToken } = await client.signIn();
    const { grant } = decodeJwt(accessToken);
    await running.bridge.ask(authV1.revoke, { commandId: uuidv7(), actor: "operator", target: { kind: "grant", id: String(grant) } });
    await expect(ask(grant)).rejects.toMatchObject({ code: "refused" });
  });
});
