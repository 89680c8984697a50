import { createPkce } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Browser, targetOf } from "../browser.ts";
import { redirectUri, TestClient } from "../client.ts";
import { startAuth, type RunningAuth } from "../running-auth.ts";

let auth: RunningAuth;
let client: TestClient;
beforeEach(async () => {
  auth = await startAuth();
  client = await TestClient.register(auth, { redirect_uris: [redirectUri] });
});
afterEach(() => auth.stop());

describe("C14 a page under a name that its owner has pointed at us", () => {
  it.each(["evil.example", "evil.example:8080", "localhost.evil.example:8080", "127.0.0.1.evil.example"])("C14 %s is shown nothing, and moves nothing", async (host) => {
    const before = await auth.events();
    const browser = new Browser(auth);
    const refused = await browser.open(client.authorizeUrl(createPkce()), { host });
    expect([refused.status, refused.headers.get("set-cookie"), refused.headers.get("location")]).toEqual([403, null, null]);
    expect(refused.text).not.toContain("<form");
    for (const path of ["/account", "/account/sign-in", "/auth/authorize"]) expect((await browser.open(path, { host })).status).toBe(403);
    expect(await auth.events()).toEqual(before);
    expect((await browser.open(client.authorizeUrl(createPkce()))).status).toBe(200);
  });

  it("C14 can not send a form that it got hold of, even as if it were of our own page", async () => {
    const browser = new Browser(auth);
    const consent = await browser.open(client.authorizeUrl(createPkce()));
    const host = "evil.example:8080";
    expect((await browser.submit(consent, { decision: "approve" }, { host })).status).toBe(403);
    const signIn = await browser.approve(consent);
    const before = await auth.events();
    expect((await browser.submit(signIn, { password: "a guess" }, { host })).status).toBe(403);
    expect(await auth.events()).toEqual(before);
    expect(targetOf(await browser.signIn(signIn)).searchParams.get("code")).toMatch(/^mcp_ac_/);
  });
});
