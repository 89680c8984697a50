import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { uuidv7 } from "@mcp-auth-proxy/crypto";
import { authV1 } from "@mcp-auth-proxy/contracts";
import { assertionClaims, assertionParameters, basic, payloadOf, post, secret, secretClient, Signer } from "../confidential.ts";
import { issuer, resource, startAuth, type RunningAuth } from "../running-auth.ts";

const second = `${issuer}/second/mcp`;
const signer = new Signer();

let auth: RunningAuth;
beforeEach(async () => {
  auth = await startAuth({
    config: {
      resources: [
        { name: "files", resource, path: "/mcp", displayName: "Files", scopes: [{ name: "write", includes: ["read"] }, { name: "read", includes: [] }] },
        { name: "second", resource: second, path: "/second/mcp", displayName: "Second" },
      ],
      clients: [
        secretClient("job", { scope: "mcp-access write" }),
        secretClient("signer", { authentication: { method: "private_key_jwt", keys: { jwks: signer.jwks() } } }),
        secretClient("reader", { grantTypes: ["authorization_code"] }),
        secretClient("public", { authentication: undefined } as never),
      ],
    },
  });
});
afterEach(() => auth.stop());

const ask = (parameters: Record<string, string | undefined> = {}, headers = basic("job")) =>
  post(auth, "/token", { grant_type: "client_credentials", resource, ...parameters }, headers);

describe("client_credentials", () => {
  it("gives an access token with the client as `sub`, the server as `aud`, and no refresh token", async () => {
    const answer = await ask();
    expect(answer.status).toBe(200);
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.body).toMatchObject({ token_type: "Bearer", expires_in: 3600, scope: "mcp-access write read" });
    expect(answer.body).not.toHaveProperty("refresh_token");
    expect(payloadOf(answer.body["access_token"])).toMatchObject({ iss: issuer, aud: resource, sub: "job", client_id: "job", scope: "mcp-access write read" });
  });

  it("takes the secret in the body, and a signed assertion without `client_id` (protocol E1)", async () => {
    expect((await ask({ client_id: "job", client_secret: secret }, {})).status).toBe(200);
    const assertion = await signer.sign(assertionClaims(auth, "signer"));
    const answer = await ask(assertionParameters(assertion), {});
    expect(answer.status).toBe(200);
    expect(payloadOf(answer.body["access_token"])["sub"]).toBe("signer");
  });

  it("puts each token's grant on the log, and an operator's revocation of the client ends it", async () => {
    const { body } = await ask();
    expect((await auth.events()).filter((event) => event.endsWith("GrantIssued"))).toHaveLength(1);
    await auth.bridge.ask(authV1.revoke, { commandId: uuidv7(auth.clock.now()), actor: "operator", target: { kind: "client", id: "job" } });
    const denied = await auth.bridge.ask(authV1.denylist, {});
    expect(denied.entries.map(({ id }) => id)).toEqual([payloadOf(body["access_token"])["grant"]]);
  });

  it("narrows to what is asked for, and knows what includes what", async () => {
    expect((await ask({ scope: "read" })).body["scope"]).toBe("mcp-access read");
    expect((await ask({ scope: "write" })).body["scope"]).toBe("mcp-access write read");
    expect((await ask({ resource: second })).body["scope"]).toBe("mcp-access");
  });

  it.each<[parameters: Record<string, string | undefined>, error: string, why: string]>([
    [{ scope: "admin" }, "invalid_scope", "more than the client was given"],
    [{ scope: "read", resource: second }, "invalid_scope", "a scope of another server"],
    [{ resource: "https://evil.example/mcp" }, "invalid_target", "not a server of ours"],
    [{ resource: undefined }, "invalid_target", "there are two, and no guessing"],
  ])("refuses %j as %s without a trace (%s), and the right request still works", async (parameters, error) => {
    const answer = await ask(parameters);
    expect(answer.body["error"]).toBe(error);
    expect(await auth.events()).not.toContainEqual(expect.stringMatching(/GrantIssued$/));
    expect((await ask()).status).toBe(200);
  });

  it("is for service clients only: not for one that may not, nor for one that proves nothing", async () => {
    expect((await ask({}, basic("reader"))).body["error"]).toBe("unauthorized_client");
    expect((await ask({ client_id: "public" }, {})).body["error"]).toBe("unauthorized_client");
  });

  it("has a bound for one client, which others do not feel", async () => {
    for (let round = 0; round < 120; round += 1) expect((await ask()).status).toBe(200);
    const refused = await ask();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect((await ask(assertionParameters(await signer.sign(assertionClaims(auth, "signer"))), {})).status).toBe(200);
    auth.clock.advance(60_000);
    expect((await ask()).status).toBe(200);
  });
});
