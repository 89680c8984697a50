import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { basic, payloadOf, post, secretClient } from "../confidential.ts";
import { issuer, resource, startAuth, type RunningAuth } from "../running-auth.ts";

const exchangeType = "urn:ietf:params:oauth:grant-type:token-exchange";
const accessTokenType = "urn:ietf:params:oauth:token-type:access_token";

let auth: RunningAuth;
let token: string;
beforeEach(async () => {
  const both = { scope: "mcp-access write", grantTypes: ["client_credentials", exchangeType] };
  auth = await startAuth({
    config: {
      resources: [{ name: "files", resource, path: "/mcp", displayName: "Files", scopes: [{ name: "write", includes: ["read"] }, { name: "read", includes: [] }] }],
      clients: [secretClient("agent", both), secretClient("other", both), secretClient("job")],
    },
  });
  token = await subjectToken();
});
afterEach(() => auth.stop());

const subjectToken = async (scope = "write"): Promise<string> =>
  String((await post(auth, "/token", { grant_type: "client_credentials", resource, scope }, basic("agent"))).body["access_token"]);
const exchange = (parameters: Record<string, string | undefined> = {}, client = "agent") =>
  post(auth, "/token", { grant_type: exchangeType, subject_token: token, subject_token_type: accessTokenType, scope: "read", ...parameters }, basic(client));
const introspect = (text: unknown) => post(auth, "/introspect", { token: String(text) }, basic("agent"));

describe("token exchange", () => {
  it("makes a token with fewer scopes out of one's own, for the same person, client and server", async () => {
    const answer = await exchange({ resource, audience: resource });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ issued_token_type: accessTokenType, token_type: "Bearer", scope: "mcp-access read" });
    expect(answer.body).not.toHaveProperty("refresh_token");
    const [before, after] = [payloadOf(token), payloadOf(answer.body["access_token"])];
    expect(after).toMatchObject({ sub: before["sub"], client_id: "agent", aud: resource, grant: before["grant"], scope: "mcp-access read" });
    expect(after["jti"]).not.toBe(before["jti"]);
  });

  it("never makes it live longer than the token it came from", async () => {
    auth.clock.advance(1_800_500);
    const answer = await exchange();
    expect(payloadOf(answer.body["access_token"])["exp"]).toBe(payloadOf(token)["exp"]);
    auth.clock.advance(1_799_499);
    expect((await exchange()).body["expires_in"]).toBe(1);
    auth.clock.advance(1);
    expect((await exchange()).body["error"]).toBe("invalid_request");
  });

  it("leaves nothing on the log, and ends with the grant", async () => {
    const before = await auth.events();
    const { body } = await exchange();
    expect(await auth.events()).toEqual(before);
    expect((await introspect(body["access_token"])).body).toMatchObject({ active: true, scope: "mcp-access read" });
    expect((await post(auth, "/revoke", { token: String(body["access_token"]) }, basic("agent"))).status).toBe(200);
    expect((await introspect(body["access_token"])).body).toEqual({ active: false });
    expect((await exchange()).body["error"]).toBe("invalid_request");
  });

  it.each<[parameters: Record<string, string | undefined>, error: string, why: string]>([
    [{ scope: "admin" }, "invalid_scope", "never wider"],
    [{ scope: "read admin" }, "invalid_scope", "not even in part"],
    [{ resource: `${issuer}/second/mcp` }, "invalid_target", "another server is wider"],
    [{ audience: "https://evil.example" }, "invalid_target", "likewise"],
    [{ subject_token: "x" }, "invalid_request", "no token"],
    [{ subject_token: undefined }, "invalid_request", "no token"],
    [{ subject_token_type: "urn:ietf:params:oauth:token-type:refresh_token" }, "invalid_request", "access tokens only"],
    [{ requested_token_type: "urn:ietf:params:oauth:token-type:refresh_token" }, "invalid_request", "access tokens only"],
    [{ actor_token: "x", actor_token_type: accessTokenType }, "invalid_request", "nobody acts for another"],
  ])("refuses %j as %s (%s)", async (parameters, error) => {
    const answer = await exchange(parameters);
    expect(answer.body["error"]).toBe(error);
    expect((await exchange()).status).toBe(200);
  });

  it("refuses to widen what was narrowed before", async () => {
    const narrow = String((await exchange()).body["access_token"]);
    expect((await exchange({ subject_token: narrow, scope: "write" })).body["error"]).toBe("invalid_scope");
    expect((await exchange({ subject_token: narrow, scope: undefined })).body["scope"]).toBe("mcp-access read");
  });

  it("is for the token's own client, and for those that the operator allows it", async () => {
    expect((await exchange({}, "other")).body["error"]).toBe("invalid_request");
    expect((await exchange({}, "job")).body["error"]).toBe("unauthorized_client");
  });
});
