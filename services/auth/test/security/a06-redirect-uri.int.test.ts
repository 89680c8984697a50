import { createPkce } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Browser } from "../browser.ts";
import { redirectUri, TestClient } from "../client.ts";
import { issuer, startAuth, type RunningAuth } from "../running-auth.ts";

const https = "https://app.example/callback";

let auth: RunningAuth;
let client: TestClient;
let browser: Browser;
beforeEach(async () => {
  auth = await startAuth();
  client = await TestClient.register(auth, { redirect_uris: [https, redirectUri] });
  browser = new Browser(auth);
});
afterEach(() => auth.stop());

const pendingRows = async (): Promise<number> => (await auth.store.sql.selectFrom("tt_authorizations").select("id_fingerprint").execute()).length;

describe("A06 an unregistered redirect URI is answered here and never redirected to", () => {
  it.each([
    "https://evil.example/callback",
    "https://app.example/callback/extra",
    "https://app.example/callbac",
    "https://app.example/callback?x=1",
    "https://app.example/callback#x",
    "https://app.example./callback",
    "https://app.example@evil.example/callback",
    "https://user@app.example/callback",
    "https://app.example/%63allback",
    "https://app.example/x/../callback",
    "https://app.example:8443/callback",
    "https://APP.example/callback",
    "http://app.example/callback",
    "https://app.example\\@evil.example/callback",
    "http://localhost:9/callback",
    "http://127.0.0.1:9/callback/",
    "http://127.0.0.1.evil.example:9/callback",
    "http://2130706433:9/callback",
    "javascript:alert(1)",
    "cursor://callback",
    `${issuer}/auth/callback`,
  ])("A06 %s", async (uri) => {
    const before = await auth.events();
    const page = await browser.open(client.authorizeUrl(createPkce(), { redirect_uri: uri }));
    expect(page.status).toBe(400);
    expect(page.headers.get("location")).toBeNull();
    expect(page.text).not.toMatch(/http-equiv/i);
    expect(page.text).not.toContain(uri);
    expect(page.headers.get("set-cookie")).toBeNull();
    expect([await auth.events(), await pendingRows()]).toEqual([before, 0]);
    expect((await browser.open(client.authorizeUrl(createPkce(), { redirect_uri: https }))).status).toBe(200);
  });

  it("A06 an unknown client is answered here, whatever it asks for", async () => {
    const url = client.authorizeUrl(createPkce(), { client_id: "mcp_client_unknown", response_type: "token" });
    const page = await browser.open(url);
    expect([page.status, page.headers.get("location")]).toEqual([400, null]);
    expect(await pendingRows()).toBe(0);
  });

  it("A06 a missing redirect URI is refused where the client has several", async () => {
    expect((await browser.open(client.authorizeUrl(createPkce(), { redirect_uri: undefined }))).status).toBe(400);
  });

  it("A06 a parameter that comes twice is refused", async () => {
    const page = await browser.open(`${client.authorizeUrl(createPkce())}&redirect_uri=${encodeURIComponent("https://evil.example/")}`);
    expect([page.status, page.headers.get("location")]).toEqual([400, null]);
  });

  it("A06 any port of a loopback URI is the client's, and the token endpoint wants the very one that was used", async () => {
    const approved = await client.approve({ redirect_uri: "http://127.0.0.1:51234/callback" }, browser);
    expect(approved.redirect.origin).toBe("http://127.0.0.1:51234");
    expect((await client.exchange(approved, { redirect_uri: redirectUri })).body["error"]).toBe("invalid_grant");
    expect((await client.exchange(approved, { redirect_uri: "http://127.0.0.1:51234/callback" })).status).toBe(200);
  });
});

describe("after the redirect URI is known to be good, the client is told", () => {
  it.each([
    { why: "another response type", overrides: { response_type: "token" }, error: "unsupported_response_type" },
    { why: "no response type", overrides: { response_type: undefined }, error: "invalid_request" },
    { why: "a fragment response", overrides: { response_mode: "fragment" }, error: "invalid_request" },
    { why: "an unknown resource", overrides: { resource: "https://evil.example/mcp" }, error: "invalid_target" },
    { why: "a scope list without end", overrides: { scope: "x".repeat(3_000) }, error: "invalid_scope" },
  ])("A08 $why is a redirect with state and iss", async ({ overrides, error }) => {
    const page = await browser.open(client.authorizeUrl(createPkce(), overrides));
    expect(page.status).toBe(303);
    const location = new URL(page.headers.get("location") ?? "");
    expect(location.href.startsWith(`${redirectUri}?`)).toBe(true);
    expect(Object.fromEntries(location.searchParams)).toEqual({ error, state: "the-state", iss: issuer });
    expect(await pendingRows()).toBe(0);
  });

  it("A5.6 takes the only server there is where no resource is named", async () => {
    const approved = await client.approve({ resource: undefined }, browser);
    expect((await client.exchange(approved, { resource: undefined })).status).toBe(200);
  });

  it("serves the alias /auth/authorize", async () => {
    const url = client.authorizeUrl(createPkce()).replace("/authorize", "/auth/authorize");
    expect((await browser.open(url)).status).toBe(200);
  });
});
