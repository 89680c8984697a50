import { createPkce } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Browser, targetOf, type Page } from "../browser.ts";
import { TestClient } from "../client.ts";
import { startAuth, testConfig, type RunningAuth } from "../running-auth.ts";

const limits = { ...testConfig.limits, failuresPerLogin: 8, pendingPerAddress: 4, pendingInAll: 6, signInsPerAddress: 12 };

let auth: RunningAuth;
let client: TestClient;
beforeEach(async () => {
  auth = await startAuth({ config: { limits } });
  client = await TestClient.register(auth);
});
afterEach(() => auth.stop());

const signInPage = async (browser: Browser): Promise<Page> => browser.approve(await browser.open(client.authorizeUrl(createPkce())));
const fail = async (browser: Browser, page: Page, times: number): Promise<Page[]> => {
  const answers: Page[] = [];
  for (let tried = 0; tried < times; tried += 1) answers.push(await browser.signIn(page, "wrong"));
  return answers;
};

it("locks an address after repeated wrong passwords, the right one included, and says until when", async () => {
  const browser = new Browser(auth);
  const page = await signInPage(browser);
  const before = await auth.events();
  expect((await fail(browser, page, limits.failuresPerAddress)).map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
  const locked = await browser.signIn(page);
  expect([locked.status, locked.headers.get("retry-after")]).toEqual([429, String(limits.lockMs / 1000)]);
  expect(locked.text).toContain("00:15");
  expect(await auth.events()).toEqual(before);
});

it("unlocks when the time is over", async () => {
  const browser = new Browser(auth);
  await fail(browser, await signInPage(browser), limits.failuresPerAddress);
  auth.clock.advance(limits.lockMs);
  expect(targetOf(await browser.signIn(await signInPage(browser))).searchParams.has("code")).toBe(true);
});

it("lets nobody past the lock with tries at the same time", async () => {
  const browser = new Browser(auth);
  const page = await signInPage(browser);
  const answers = await Promise.all(Array.from({ length: 10 }, () => browser.signIn(page, "wrong")));
  expect(answers.filter(({ status }) => status === 403)).toHaveLength(limits.failuresPerAddress);
});

it("does not lock out the owner, who comes from another address", async () => {
  const attacker = new Browser(auth, "192.0.2.66");
  await fail(attacker, await signInPage(attacker), limits.failuresPerAddress);
  const owner = new Browser(auth, "192.0.2.1");
  expect(targetOf(await owner.signIn(await signInPage(owner))).searchParams.has("code")).toBe(true);
});

it("adds up guesses for the login from many addresses", async () => {
  for (const address of ["192.0.2.10", "192.0.2.11"]) {
    const browser = new Browser(auth, address);
    await fail(browser, await signInPage(browser), limits.failuresPerLogin / 2);
  }
  const third = new Browser(auth, "192.0.2.12");
  expect((await third.signIn(await signInPage(third))).status).toBe(429);
});

it("counts one IPv6 customer as one address", async () => {
  const one = new Browser(auth, "2001:db8::1");
  await fail(one, await signInPage(one), limits.failuresPerAddress);
  const two = new Browser(auth, "2001:db8::2");
  expect((await two.signIn(await signInPage(two))).status).toBe(429);
});

it("forgets wrong passwords after a right one", async () => {
  const browser = new Browser(auth);
  const page = await signInPage(browser);
  await fail(browser, page, limits.failuresPerAddress - 1);
  await browser.signIn(page);
  const other = new Browser(auth);
  const next = await signInPage(other);
  expect((await fail(other, next, limits.failuresPerAddress - 1)).map(({ status }) => status)).toEqual([403, 403, 403, 403]);
});

it("bounds all attempts of an address in a window, whatever their outcome", async () => {
  for (let done = 0; done < limits.signInsPerAddress; done += 1) {
    const signing = new Browser(auth);
    await signing.signIn(await signInPage(signing));
  }
  const browser = new Browser(auth);
  const page = await signInPage(browser);
  expect((await browser.signIn(page)).status).toBe(429);
  auth.clock.advance(limits.signInWindowMs);
  expect((await browser.signIn(page)).status).toBe(200);
});

it("keeps a lock through a loss of the cache and a restart, because it is in SQL", async () => {
  const browser = new Browser(auth);
  await fail(browser, await signInPage(browser), limits.failuresPerAddress);
  const rows = await auth.store.sql.selectFrom("tt_lockouts").select("locked_until").execute();
  expect(rows.some(({ locked_until: until }) => until > auth.clock.now())).toBe(true);
});

it("bounds pending sign-ins of one address, and of all", async () => {
  const statuses = async (browser: Browser, times: number): Promise<number[]> => {
    const seen: number[] = [];
    for (let opened = 0; opened < times; opened += 1) seen.push((await browser.open(client.authorizeUrl(createPkce()))).status);
    return seen;
  };
  expect(await statuses(new Browser(auth, "192.0.2.1"), 5)).toEqual([200, 200, 200, 200, 429]);
  expect(await statuses(new Browser(auth, "192.0.2.2"), 3)).toEqual([200, 200, 429]);
  auth.clock.advance(limits.pendingTtlMs);
  expect(await statuses(new Browser(auth, "192.0.2.1"), 1)).toEqual([200]);
});

it("asks again for an empty password, without counting it", async () => {
  const browser = new Browser(auth);
  const page = await signInPage(browser);
  for (let tried = 0; tried < limits.failuresPerAddress + 1; tried += 1) expect((await browser.signIn(page, "")).status).toBe(400);
  expect((await browser.signIn(page, "x".repeat(1025))).status).toBe(400);
  expect((await browser.signIn(page)).status).toBe(200);
});

it("lets the owner in from a browser they signed in with before, while strangers keep address and login locked", async () => {
  const owner = new Browser(auth, "192.0.2.66");
  await owner.signIn(await signInPage(owner));
  auth.clock.advance(auth.config.session.idleMs);
  for (const address of ["192.0.2.66", "192.0.2.11"]) {
    const attacker = new Browser(auth, address);
    await fail(attacker, await signInPage(attacker), limits.failuresPerLogin / 2 + 1);
  }
  const stranger = new Browser(auth, "192.0.2.12");
  expect((await stranger.signIn(await signInPage(stranger))).status).toBe(429);
  expect(targetOf(await owner.signIn(await signInPage(owner))).searchParams.has("code")).toBe(true);
});

it("counts wrong passwords in a known browser, too, and a planted cookie makes nobody known", async () => {
  const owner = new Browser(auth);
  await owner.signIn(await signInPage(owner));
  auth.clock.advance(auth.config.session.idleMs);
  const page = await signInPage(owner);
  await fail(owner, page, limits.failuresPerAddress);
  expect((await owner.signIn(page)).status).toBe(429);
  const planted = new Browser(auth, "192.0.2.33");
  planted.jar.store(new Headers({ "set-cookie": "mcp_auth_browser=planted; Path=/" }));
  await planted.signIn(await signInPage(planted));
  expect(planted.jar.header("http://localhost:8080/")).not.toContain("planted");
});

it("keeps room for sign-ins of known browsers, however much strangers take", async () => {
  const owner = new Browser(auth, "192.0.2.1");
  await owner.signIn(await signInPage(owner));
  for (const address of ["192.0.2.7", "192.0.2.8"]) for (let opened = 0; opened < 4; opened += 1) await new Browser(auth, address).open(client.authorizeUrl(createPkce()));
  expect((await new Browser(auth, "192.0.2.9").open(client.authorizeUrl(createPkce()))).status).toBe(429);
  expect((await owner.open(client.authorizeUrl(createPkce()))).status).toBe(200);
});
