import { authV1 } from "@mcp-auth-proxy/contracts";
import { uuidv7 } from "@mcp-auth-proxy/crypto";
import { createPkce } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defaultSession } from "../../src/index.ts";
import { Browser, targetOf, type Page } from "../browser.ts";
import { TestClient } from "../client.ts";
import { startAuth, type RunningAuth } from "../running-auth.ts";

let auth: RunningAuth;
let client: TestClient;
beforeEach(async () => {
  auth = await startAuth();
  client = await TestClient.register(auth);
});
afterEach(() => auth.stop());

const name = "mcp_auth_session";
const signedIn = async (): Promise<Browser> => {
  const browser = new Browser(auth);
  await client.approve({}, browser);
  return browser;
};
/** What the next approval in this browser leads to. */
const next = async (browser: Browser): Promise<Page> => browser.approve(await browser.open(client.authorizeUrl(createPkce())));
const asksPassword = (page: Page): boolean => page.text.includes('<input type="password"');
const cookieOf = (browser: Browser): string => new RegExp(`${name}=([^;]*)`).exec(browser.jar.header("http://localhost:8080/") ?? "")?.[1] ?? "";

describe("a browser session", () => {
  it("spares the password at the next authorization, and never the consent", async () => {
    const browser = await signedIn();
    const consent = await browser.open(client.authorizeUrl(createPkce()));
    expect(consent.text).toContain('value="approve"');
    const done = await browser.approve(consent);
    expect(targetOf(done).searchParams.get("code")).toMatch(/^mcp_ac_/);
    const feed = await auth.store.readFeed({ logEpoch: auth.store.logEpoch, position: 0 }, 100);
    expect(feed.events.filter(({ type }) => type === "UserAuthenticated").map(({ data }) => (data as { method: string }).method)).toEqual(["password", "session"]);
  });

  it("belongs to its browser", async () => {
    await signedIn();
    expect(asksPassword(await next(new Browser(auth)))).toBe(true);
  });

  it("is in a cookie that is HttpOnly, Strict and ends with the browser; __Host- and Secure on https", async () => {
    expect((await signedIn()).jar.attributes.get(name)).toBe("Path=/; HttpOnly; SameSite=Strict");
    const secure = await startAuth({ config: { secureCookies: true, session: defaultSession(true) } });
    try {
      const browser = new Browser(secure);
      await (await TestClient.register(secure)).approve({}, browser);
      expect(browser.jar.attributes.get(`__Host-${name}`)).toBe("Path=/; HttpOnly; Secure; SameSite=Strict");
      expect([...browser.jar.attributes.keys()]).toEqual([`__Host-${name}`, "__Host-mcp_auth_browser"]);
    } finally {
      await secure.stop();
    }
  });

  it("ends when it is idle, and each use starts the idle time anew", async () => {
    const browser = await signedIn();
    auth.clock.advance(auth.config.session.idleMs - 1);
    expect(asksPassword(await next(browser))).toBe(false);
    auth.clock.advance(auth.config.session.idleMs - 1);
    expect(asksPassword(await next(browser))).toBe(false);
    auth.clock.advance(auth.config.session.idleMs);
    expect(asksPassword(await next(browser))).toBe(true);
  });

  it("ends at its absolute limit, however much it is used", async () => {
    const browser = await signedIn();
    const { idleMs, absoluteMs } = auth.config.session;
    for (let used = idleMs / 2; used < absoluteMs; used += idleMs / 2) {
      auth.clock.advance(idleMs / 2);
      expect(asksPassword(await next(browser))).toBe(false);
    }
    auth.clock.advance(idleMs / 2);
    expect(asksPassword(await next(browser))).toBe(true);
  });

  it("gets a new cookie at each sign-in, and the one before is worth nothing: nobody can plant one", async () => {
    const browser = await signedIn();
    const before = cookieOf(browser);
    auth.clock.advance(auth.config.session.idleMs);
    await browser.signIn(await next(browser));
    expect(cookieOf(browser)).not.toBe(before);
    const planted = new Browser(auth);
    planted.jar.store(new Headers({ "set-cookie": `${name}=planted; Path=/` }));
    await planted.signIn(await next(planted));
    expect(cookieOf(planted)).not.toBe("planted");
  });

  it("replaces the one of the same browser: an attacker who knows the old cookie has nothing", async () => {
    const browser = await signedIn();
    const stolen = new Browser(auth);
    stolen.jar.store(new Headers({ "set-cookie": `${name}=${cookieOf(browser)}; Path=/` }));
    const page = await new Browser(auth).open(client.authorizeUrl(createPkce()));
    expect(page.status).toBe(200);
    // Two tabs: one stood on the sign-in page before the other signed in.
    const tab = new Browser(auth);
    const waiting = await next(tab);
    tab.jar.store(new Headers({ "set-cookie": `${name}=${cookieOf(browser)}; Path=/` }));
    expect(targetOf(await tab.signIn(waiting)).searchParams.has("code")).toBe(true);
    expect(asksPassword(await next(stolen))).toBe(true);
    expect(asksPassword(await next(tab))).toBe(false);
  });

  it("is a fingerprint in the database", async () => {
    const browser = await signedIn();
    const rows: readonly object[] = await auth.store.sql.selectFrom("tt_sessions").selectAll().execute();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(cookieOf(browser));
    expect(auth.logLines.join("")).not.toContain(cookieOf(browser));
  });

  it("ends when the operator revokes the person's access", async () => {
    const browser = await signedIn();
    await auth.bridge.ask(authV1.revoke, { commandId: uuidv7(), actor: "operator", target: { kind: "login", id: "owner" } });
    expect(asksPassword(await next(browser))).toBe(true);
    await browser.signIn(await next(browser));
    expect(asksPassword(await next(browser))).toBe(false);
  });

  it("is not started by a wrong password, nor by a denial", async () => {
    const browser = new Browser(auth);
    await browser.signIn(await next(browser), "wrong");
    await browser.submit(await browser.open(client.authorizeUrl(createPkce())), { decision: "deny" });
    expect(cookieOf(browser)).toBe("");
  });

  it("a person has at most fifty: the one used least recently ends", async () => {
    const first = await signedIn();
    for (let count = 0; count < 50; count += 1) {
      auth.clock.advance(1);
      await signedIn();
    }
    expect(await auth.store.sql.selectFrom("tt_sessions").select("session_id").execute()).toHaveLength(50);
    expect(asksPassword(await next(first))).toBe(true);
  });
});
