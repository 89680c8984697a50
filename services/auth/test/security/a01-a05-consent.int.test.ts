import { createPkce, formsIn } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Browser, targetOf, type Page } from "../browser.ts";
import { redirectUri, TestClient } from "../client.ts";
import { issuer, password, startAuth, type RunningAuth } from "../running-auth.ts";

let auth: RunningAuth;
let client: TestClient;
beforeEach(async () => {
  auth = await startAuth();
  client = await TestClient.register(auth);
});
afterEach(() => auth.stop());

const fieldsOf = (page: Page): Record<string, string> =>
  Object.fromEntries(formsIn(page.text, page.url)[0]?.fields.map(({ name, value }) => [name, value]) ?? []);
const consentUrl = "/authorize/consent";
const signInUrl = "/authorize/sign-in";
const asked = (browser: Browser): Promise<Page> => browser.open(client.authorizeUrl(createPkce()));

describe("A01 consent comes first, every time", () => {
  it("A01 A03 asks again although the same browser approved the same client a moment ago", async () => {
    const browser = new Browser(auth);
    await client.approve({}, browser);
    for (const site of ["cross-site", "same-origin", "none"]) {
      const page = await browser.open(client.authorizeUrl(createPkce()), { "sec-fetch-site": site });
      expect(page.status).toBe(200);
      expect(formsIn(page.text, page.url)[0]?.buttons.map(({ value }) => value)).toEqual(["deny", "approve"]);
    }
  });

  it("A01 gives no code for a right password without a consent", async () => {
    const browser = new Browser(auth);
    const consent = await asked(browser);
    const before = await auth.events();
    // The consent page's own token, and the transaction, on the next form.
    const skipped = await browser.post(signInUrl, { ...fieldsOf(consent), password });
    expect(skipped.status).toBe(403);
    const { transaction = "" } = fieldsOf(consent);
    expect((await browser.open(`${signInUrl}?transaction=${transaction}`)).status).toBe(400);
    expect(await auth.events()).toEqual(before);
    expect(targetOf(await browser.signIn(await browser.approve(consent))).searchParams.get("code")).toMatch(/^mcp_ac_/);
  });
});

describe("A02 A04 a transaction stays in the browser that began it", () => {
  it("A02 sets the binding cookie at the approval and not before", async () => {
    const browser = new Browser(auth);
    const consent = await asked(browser);
    expect([...browser.jar.attributes.keys()].some((name) => name.includes("binding"))).toBe(false);
    await browser.approve(consent);
    expect([...browser.jar.attributes.keys()].some((name) => name.includes("binding"))).toBe(true);
  });

  it("A02 refuses the sign-in page and the password in another browser than the one that approved", async () => {
    const attacker = new Browser(auth);
    const signIn = await attacker.approve(await asked(attacker));
    const victim = new Browser(auth);
    const before = await auth.events();
    expect((await victim.open(signIn.url)).status).toBe(403);
    expect((await victim.post(signInUrl, { ...fieldsOf(signIn), password })).status).toBe(403);
    expect(await auth.events()).toEqual(before);
    expect(targetOf(await attacker.signIn(signIn)).searchParams.has("code")).toBe(true);
  });

  it("A04 refuses an approval that another browser sends, and the real one still works", async () => {
    const victim = new Browser(auth);
    const consent = await asked(victim);
    const attacker = new Browser(auth);
    await asked(attacker);
    const stolen = await attacker.post(consentUrl, { ...fieldsOf(consent), decision: "approve" });
    expect([stolen.status, stolen.headers.get("location")]).toEqual([403, null]);
    expect((await victim.approve(consent)).status).toBe(200);
  });

  it.each([
    { cookie: "csrf", value: "" },
    { cookie: "csrf", value: "planted" },
    { cookie: "binding", value: "" },
    { cookie: "binding", value: "planted" },
  ] as const)("A04 refuses the sign-in page and the password when the $cookie cookie is '$value', and goes on when it is back", async ({ cookie, value }) => {
    const browser = new Browser(auth);
    const signIn = await browser.approve(await asked(browser));
    const kept = browser.tamper(cookie, value);
    const before = await auth.events();
    expect((await browser.open(signIn.url)).status).toBe(403);
    expect((await browser.signIn(signIn)).status).toBe(403);
    expect(await auth.events()).toEqual(before);
    browser.tamper(cookie, kept);
    expect(targetOf(await browser.signIn(signIn)).searchParams.has("code")).toBe(true);
  });

  it("A04 does not take one transaction's token for another, nor one form's for the other", async () => {
    const browser = new Browser(auth);
    const one = fieldsOf(await asked(browser));
    const two = await asked(browser);
    const mixed = await browser.post(consentUrl, { ...fieldsOf(two), csrf_token: one["csrf_token"] ?? "", decision: "approve" });
    expect(mixed.status).toBe(403);
    const signIn = await browser.approve(two);
    expect((await browser.post(signInUrl, { ...fieldsOf(signIn), csrf_token: fieldsOf(two)["csrf_token"] ?? "", password })).status).toBe(403);
    expect(targetOf(await browser.signIn(signIn)).searchParams.has("code")).toBe(true);
  });

  it("A04 ignores what is typed over the transaction: the redirect URI is the one that was consented to", async () => {
    const browser = new Browser(auth);
    const signIn = await browser.approve(await asked(browser));
    const done = await browser.submit(signIn, { password, redirect_uri: "https://evil.example/", client_id: "other", state: "other" });
    expect(targetOf(done).href.startsWith(`${redirectUri}?code=`)).toBe(true);
    expect(targetOf(done).searchParams.get("state")).toBe("the-state");
  });

  it.each([
    { why: "another site", headers: { "sec-fetch-site": "cross-site" } },
    { why: "a neighbour host", headers: { "sec-fetch-site": "same-site" } },
    { why: "another origin", headers: { origin: "https://evil.example" } },
    { why: "another port", headers: { origin: "http://localhost:9999" } },
  ])("A04 refuses a form that comes from $why", async ({ headers }) => {
    const browser = new Browser(auth);
    const consent = await asked(browser);
    expect((await browser.post(consentUrl, { ...fieldsOf(consent), decision: "approve" }, headers)).status).toBe(403);
    expect((await browser.approve(consent)).status).toBe(200);
  });

  it("two tabs of one browser do not disturb each other", async () => {
    const browser = new Browser(auth);
    const one = await asked(browser);
    const two = await asked(browser);
    const signInOne = await browser.approve(one);
    const signInTwo = await browser.approve(two);
    expect(targetOf(await browser.signIn(signInOne)).searchParams.has("code")).toBe(true);
    expect(targetOf(await browser.signIn(signInTwo)).searchParams.has("code")).toBe(true);
  });
});

describe("a transaction ends", () => {
  it("gives one code, however often the last form is sent", async () => {
    const browser = new Browser(auth);
    const signIn = await browser.approve(await asked(browser));
    const answers = await Promise.all([browser.signIn(signIn), browser.signIn(signIn), browser.signIn(signIn)]);
    expect(answers.filter(({ text }) => text.includes("mcp_ac_"))).toHaveLength(1);
    expect((await auth.events()).filter((event) => event.endsWith("AuthorizationCodeIssued"))).toHaveLength(1);
  });

  it("tells the client of a denial, and can not be approved after it", async () => {
    const browser = new Browser(auth);
    const consent = await asked(browser);
    const denied = await browser.submit(consent, { decision: "deny" });
    expect(denied.status).toBe(200);
    expect(Object.fromEntries(targetOf(denied).searchParams)).toEqual({ error: "access_denied", state: "the-state", iss: issuer });
    expect((await browser.approve(consent)).status).toBe(400);
    expect((await auth.events()).filter((event) => event.startsWith("authorization-"))).toEqual([]);
  });

  it("expires", async () => {
    const browser = new Browser(auth);
    const consent = await asked(browser);
    auth.clock.advance(auth.config.limits.pendingTtlMs);
    expect((await browser.approve(consent)).status).toBe(400);
  });

  it("leaves no cookie of its own behind", async () => {
    const browser = new Browser(auth);
    await client.approve({}, browser);
    expect([...browser.jar.attributes.keys()]).toEqual(["mcp_auth_session", "mcp_auth_browser"]);
  });
});

describe("A05 the pages say what matters and can not be framed", () => {
  it("A05 shows client, server, scope and the redirect's host, under headers that allow nothing else", async () => {
    const page = await asked(new Browser(auth));
    const text = page.text.replaceAll("<wbr>", "");
    for (const shown of ["Test client", "127.0.0.1:9", auth.config.resources[0]?.resource ?? "-"]) expect(text).toContain(shown);
    expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(page.headers.get("cache-control")).toBe("no-store");
    expect(page.text).not.toMatch(/<script/i);
  });

  it("A05 uses plain cookie names on http loopback, HttpOnly and Lax all the same", async () => {
    const browser = new Browser(auth);
    await browser.approve(await asked(browser));
    for (const [name, attributes] of browser.jar.attributes) {
      expect(name).toMatch(/^mcp_auth_/);
      expect(attributes).toMatch(/Path=\/; HttpOnly; SameSite=Lax$/);
    }
  });

  it("A05 uses __Host- cookies with Secure on https", async () => {
    const secure = await startAuth({ config: { secureCookies: true } });
    try {
      const browser = new Browser(secure);
      const other = await TestClient.register(secure);
      await browser.approve(await browser.open(other.authorizeUrl(createPkce())));
      expect(browser.jar.attributes.size).toBe(2);
      for (const [name, attributes] of browser.jar.attributes) {
        expect(name).toMatch(/^__Host-mcp_auth_(csrf|binding)_/);
        expect(attributes).toMatch(/Path=\/; HttpOnly; Secure; SameSite=Lax$/);
      }
    } finally {
      await secure.stop();
    }
  });
});
