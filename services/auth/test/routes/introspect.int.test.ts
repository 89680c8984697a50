import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestClient, type Tokens } from "../client.ts";
import { basic, payloadOf, post, secretClient } from "../confidential.ts";
import { issuer, resource, startAuth, type RunningAuth } from "../running-auth.ts";

let auth: RunningAuth;
let client: TestClient;
let tokens: Tokens;
beforeEach(async () => {
  auth = await startAuth({ config: { clients: [secretClient("server", { resourceServer: true, grantTypes: [] }), secretClient("curious", { grantTypes: [] })] } });
  client = await TestClient.register(auth);
  tokens = await client.signIn();
});
afterEach(() => auth.stop());

const ask = (token: string | undefined, headers = basic("server")) => post(auth, "/introspect", { token }, headers);

describe("POST /introspect", () => {
  it("tells a resource server what an access token says, not to be stored", async () => {
    const answer = await ask(tokens.accessToken);
    expect(answer.status).toBe(200);
    expect(answer.headers["cache-control"]).toBe("no-store");
    const { jti, sub, iat, exp } = payloadOf(tokens.accessToken);
    expect(answer.body).toEqual({ active: true, token_type: "Bearer", iss: issuer, aud: resource, sub, client_id: client.clientId, scope: "mcp-access offline_access", jti, iat, exp });
  });

  it("says no more than that it is not active: to a client about the token of another, about a refresh token to a server, about anything else", async () => {
    for (const answer of [await ask(tokens.accessToken, basic("curious")), await ask(tokens.refreshToken), await ask("x"), await ask(`${tokens.accessToken}x`), await ask("x".repeat(10_000))]) {
      expect([answer.status, answer.body]).toEqual([200, { active: false }]);
    }
  });

  it.each<[why: string, end: () => Promise<unknown>]>([
    ["it expired", async () => auth.clock.advance(auth.config.accessTokenTtlMs)],
    ["its grant was revoked", () => client.revoke(tokens.refreshToken)],
  ])("says that a token is not active once %s", async (_why, end) => {
    expect((await ask(tokens.accessToken)).body["active"]).toBe(true);
    await end();
    expect((await ask(tokens.accessToken)).body).toEqual({ active: false });
  });

  it("answers nobody who does not prove who they are, and changes nothing", async () => {
    const before = await auth.events();
    expect((await ask(tokens.accessToken, {})).body["error"]).toBe("invalid_client");
    expect((await post(auth, "/introspect", { token: tokens.accessToken, client_id: client.clientId })).body["error"]).toBe("invalid_client");
    expect((await ask(tokens.accessToken, basic("server", "wrong"))).body["error"]).toBe("invalid_client");
    expect((await ask(undefined)).body["error"]).toBe("invalid_request");
    expect(await auth.events()).toEqual(before);
  });
});
