import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type OidcProvider, refreshUpstream, signInUpstream, startOidcProvider, waitFor } from "../../src/index.ts";

const client = { clientId: "gateway", clientSecret: "shared-with-the-gateway", redirectUris: ["http://127.0.0.1:9/callback"] };

describe("what goes wrong at a provider", () => {
  let provider: OidcProvider;
  let token: string;
  beforeEach(async () => {
    provider = await startOidcProvider({ clients: [client] });
    const asked = { scope: "openid offline_access", parameters: { prompt: "consent" } };
    token = String((await signInUpstream({ endpoints: provider.endpoints, client, person: "ada", ...asked })).json().refresh_token);
  });
  afterEach(() => provider.stop());
  const refresh = () => refreshUpstream(provider.endpoints.token, client, token);
  const seen = () => provider.requests.filter(({ grantType }) => grantType === "refresh_token");

  it("answers 429 with Retry-After as often as asked, and then works again", async () => {
    provider.failNext({ endpoint: "token", kind: "429", retryAfter: 7, count: 2 });
    const answers = [await refresh(), await refresh(), await refresh()];
    expect(answers.map(({ status, headers }) => [status, headers.get("retry-after")])).toEqual([[429, "7"], [429, "7"], [200, null]]);
    expect(seen().map(({ fault, clientId, refreshToken }) => [fault, clientId, refreshToken?.generation])).toEqual([
      ["429", "gateway", 0],
      ["429", "gateway", 0],
      [undefined, "gateway", 0],
    ]);
  });

  it.each(["403", "500"] as const)("answers %s without using the token up", async (kind) => {
    provider.failNext({ endpoint: "token", kind });
    expect([(await refresh()).status, (await refresh()).status]).toEqual([Number(kind), 200]);
  });

  it.each([
    ["garbage", 100],
    ["huge", 9_000_000],
  ] as const)("answers 200 with %s", async (kind, atMost) => {
    provider.failNext({ endpoint: "token", kind });
    const answer = await refresh();
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json; charset=utf-8"]);
    expect(answer.text.length).toBeLessThan(atMost);
    if (kind === "garbage") expect(() => answer.json()).toThrow();
    else expect(answer.text.length).toBeGreaterThan(8_000_000);
  });

  it("hangs until the caller gives up", async () => {
    provider.failNext({ endpoint: "token", kind: "hang" });
    const given = new AbortController();
    const asked = fetch(provider.endpoints.token, { method: "POST", body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: token }), signal: given.signal });
    const failed = expect(asked).rejects.toThrow("aborted");
    await waitFor("the request to arrive", () => seen().length === 1);
    given.abort();
    await failed;
    expect(seen()[0]).toMatchObject({ status: undefined, fault: "hang" });
    expect((await refresh()).status).toBe(200);
  });

  it("closes the connection before the work, or after it", async () => {
    provider.failNext({ endpoint: "token", kind: "close" });
    await expect(refresh()).rejects.toThrow("socket hang up");
    provider.failNext({ endpoint: "token", kind: "lost" });
    await expect(refresh()).rejects.toThrow("socket hang up");
    // The lost answer carried the next token: this one is used up, and trying it again ends the family.
    expect((await refresh()).json()).toMatchObject({ error: "invalid_grant" });
    expect(seen().map(({ fault, status }) => [fault, status])).toEqual([
      ["close", undefined],
      ["lost", 200],
      [undefined, 400],
    ]);
  });

  it("fails other parts, or one path, and forgets it when told to", async () => {
    provider.failNext({ endpoint: "jwks", kind: "500" });
    provider.failNext({ endpoint: "/.well-known/openid-configuration", kind: "garbage", count: 5 });
    expect((await fetch(provider.endpoints.jwks)).status).toBe(500);
    expect(await (await fetch(`${provider.issuer}/.well-known/openid-configuration`)).text()).toContain("<!doctype");
    provider.recover();
    expect(await (await fetch(`${provider.issuer}/.well-known/openid-configuration`)).json()).toMatchObject({ issuer: provider.issuer });
  });

  it("keeps requests at the door until they are let in", async () => {
    const held = provider.hold("token");
    const first = refresh();
    await waitFor("the request to wait", () => held.waiting === 1);
    expect(seen()).toEqual([]);
    held.release();
    expect((await first).status).toBe(200);
    expect(held.waiting).toBe(0);
  });

  it("is not reached any more when it has stopped, and can be stopped twice", async () => {
    await provider.stop();
    await provider.stop();
    await expect(refresh()).rejects.toThrow("ECONNREFUSED");
  });
});
