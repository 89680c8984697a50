import { createPkce } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Browser } from "../browser.ts";
import { redirectUri, TestClient } from "../client.ts";
import { issuer, startAuth, type RunningAuth } from "../running-auth.ts";

let auth: RunningAuth;
afterEach(() => auth.stop());

describe("A07 PKCE with S256 for every client", () => {
  let client: TestClient;
  beforeEach(async () => {
    auth = await startAuth();
    client = await TestClient.register(auth);
  });

  it.each([
    { why: "no challenge", overrides: { code_challenge: undefined, code_challenge_method: undefined } },
    { why: "a method without a challenge", overrides: { code_challenge: undefined } },
    { why: "plain", overrides: { code_challenge_method: "plain" } },
    { why: "no method, which means plain", overrides: { code_challenge_method: undefined } },
    { why: "a method in another case", overrides: { code_challenge_method: "s256" } },
    { why: "a challenge that is no hash", overrides: { code_challenge: "short" } },
  ])("A07 refuses $why, and the same client's next request works", async ({ overrides }) => {
    const before = await auth.events();
    const browser = new Browser(auth);
    const page = await browser.open(client.authorizeUrl(createPkce(), overrides));
    expect(page.status).toBe(303);
    const location = new URL(page.headers.get("location") ?? "");
    expect(`${location.origin}${location.pathname}`).toBe(redirectUri);
    expect(Object.fromEntries(location.searchParams)).toEqual({ error: "invalid_request", state: "the-state", iss: issuer });
    expect(await auth.events()).toEqual(before);
    expect((await client.exchange(await client.approve({}, browser))).status).toBe(200);
  });

  it.each([
    { why: "no verifier", verifier: undefined },
    { why: "an empty verifier", verifier: "" },
    { why: "a wrong verifier", verifier: "a".repeat(43) },
    { why: "the challenge itself", verifier: "challenge" },
  ])("A07 refuses $why, and the code still works with the right one", async ({ verifier }) => {
    const approved = await client.approve();
    const before = await auth.events();
    const sent = verifier === "challenge" ? approved.pkce.challenge : verifier;
    const refused = await client.exchange(approved, { code_verifier: sent });
    expect([refused.status, refused.body["error"]]).toEqual([400, "invalid_grant"]);
    expect(await auth.events()).toEqual(before);
    expect((await client.exchange(approved)).status).toBe(200);
  });

  it("logs each validation by method and result, and neither verifier nor challenge", async () => {
    const approved = await client.approve();
    await client.exchange(approved, { code_verifier: "a".repeat(43) });
    await client.exchange(approved);
    const lines = auth.logLines.filter((line) => line.includes("PKCE validation")).map((line): { method?: string; result?: string } => JSON.parse(line));
    expect(lines.map(({ method, result }) => [method, result])).toEqual([["S256", "FAILED"], ["S256", "PASSED"]]);
    const log = auth.logLines.join("\n");
    expect([log.includes(approved.pkce.verifier), log.includes(approved.pkce.challenge)]).toEqual([false, false]);
  });
});

describe("A07 where the operator made PKCE optional", () => {
  beforeEach(async () => {
    auth = await startAuth({ config: { pkce: { required: false, methods: ["S256", "plain"] } } });
  });

  it("A07 refuses a verifier for a code without a challenge: somebody took the challenge away", async () => {
    const client = await TestClient.register(auth);
    const approved = await client.approve({ code_challenge: undefined, code_challenge_method: undefined });
    const before = await auth.events();
    expect((await client.exchange(approved)).body["error"]).toBe("invalid_grant");
    expect(await auth.events()).toEqual(before);
    expect((await client.exchange(approved, { code_verifier: undefined })).status).toBe(200);
  });

  it("compares a plain challenge as it is", async () => {
    const client = await TestClient.register(auth);
    const plain = "p".repeat(43);
    const approved = await client.approve({ code_challenge: plain, code_challenge_method: "plain" });
    expect((await client.exchange(approved)).body["error"]).toBe("invalid_grant");
    expect((await client.exchange(approved, { code_verifier: plain })).status).toBe(200);
  });
});
