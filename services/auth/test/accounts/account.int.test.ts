import { createPkce, formsIn, type HtmlForm } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Browser, targetOf, type Page } from "../browser.ts";
import { TestClient, tokensOf } from "../client.ts";
import { password, startAuth, testConfig, type RunningAuth } from "../running-auth.ts";

let auth: RunningAuth;
let client: TestClient;
beforeEach(async () => {
  auth = await startAuth();
  client = await TestClient.register(auth);
});
afterEach(() => auth.stop());

/** A person at their account page: signs in there, and presses its buttons. */
const signIn = async (browser = new Browser(auth), typed = password): Promise<Page> => {
  const page = await browser.open("/account/sign-in");
  return browser.submit(page, { password: typed });
};
const formWith = (page: Page, action: string, field?: readonly [string, string]): HtmlForm => {
  const found = formsIn(page.text, page.url).find(
    (form) => form.buttons.some(({ value }) => value === action) && (field === undefined || form.fields.some(({ name, value }) => name === field[0] && value === field[1])),
  );
  if (found === undefined) throw new Error(`the page has no button ${action}`);
  return found;
};
const press = async (browser: Browser, page: Page, action: string, extra: Readonly<Record<string, string>> = {}, field?: readonly [string, string]): Promise<Page> => {
  const form = formWith(page, action, field);
  const answer = await browser.post(form.action, { ...Object.fromEntries(form.fields.map(({ name, value }) => [name, value])), ...extra, action });
  expect([answer.status, answer.headers.get("location")]).toEqual([303, "/account"]);
  const location = answer.headers.get("location") ?? "";
  const next = await browser.open(location);
  return next.status === 303 ? browser.open(next.headers.get("location") ?? "") : next;
};
const has = (page: Page, action: string): boolean => formsIn(page.text, page.url).some(({ buttons }) => buttons.some(({ value }) => value === action));
const asksPassword = (page: Page): boolean => page.text.includes('<input type="password"');
const named = (name: string): Promise<TestClient> => TestClient.register(auth, { client_name: name });

describe("the account page", () => {
  it("is for who is signed in: others are led to the sign-in, and back", async () => {
    const browser = new Browser(auth);
    const closed = await browser.open("/account");
    expect([closed.status, closed.headers.get("location")]).toEqual([303, "/account/sign-in"]);
    const page = await signIn(browser);
    expect(page.url).toMatch(/\/account$/);
    expect(page.text).toContain("owner");
    const again = await browser.open("/account/sign-in");
    expect([again.status, again.headers.get("location")]).toEqual([303, "/account"]);
  });

  it("goes on from a page of ours when another site leads here, because a Strict cookie is not sent then", async () => {
    const page = await new Browser(auth).open("/account", { "sec-fetch-site": "cross-site" });
    expect([page.status, targetOf(page).pathname]).toEqual([200, "/account"]);
  });

  it("shows each app with its claimed name, way back, server, scopes, since when and when it was used last", async () => {
    const tokens = await client.signIn();
    auth.clock.advance(86_400_000);
    const page = await signIn();
    const text = page.text.replaceAll("<wbr>", "");
    for (const shown of ["Test client", "Unverified", "127.0.0.1", "http://localhost:8080/mcp", "stay connected"]) expect(text).toContain(shown);
    const since = new Date(auth.clock.now() - 86_400_000).toISOString();
    expect(text.split(since).length - 1).toBeGreaterThanOrEqual(2);
    auth.clock.advance(60_000);
    await client.refresh(tokens.refreshToken);
    const later = await signIn();
    expect(later.text).toContain(new Date(auth.clock.now()).toISOString());
    expect(later.text).toContain(since);
  });

  it("ends the access of one app, at once and completely, and of no other", async () => {
    const other = await named("Other");
    const [one, two, stays] = [await client.signIn(), await client.signIn(), await other.signIn()];
    const browser = new Browser(auth);
    const page = await press(browser, await signIn(browser), "end-app", {}, ["client_id", client.clientId]);
    expect(has(page, "end-app")).toBe(true);
    for (const { refreshToken } of [one, two]) expect((await client.refresh(refreshToken)).body["error"]).toBe("invalid_grant");
    expect((await other.refresh(stays.refreshToken)).status).toBe(200);
    expect(page.text).toContain("You ended the access of an app");
    expect((await client.refresh((await client.signIn()).refreshToken)).status).toBe(200);
  });

  it("ends the access of all apps", async () => {
    const other = await named("Other");
    const all = [[client, await client.signIn()], [other, await other.signIn()]] as const;
    const browser = new Browser(auth);
    const page = await press(browser, await signIn(browser), "end-apps");
    for (const [of, { refreshToken }] of all) expect((await of.refresh(refreshToken)).body["error"]).toBe("invalid_grant");
    expect(page.text).toContain("No app has access now.");
    expect(asksPassword(page)).toBe(false);
  });

  it.each([
    ["an app", "end-app", "client_id"],
    ["all apps", "end-apps", undefined],
  ] as const)("voids codes under way when it ends the access of %s, and those of no other; a new sign-in works", async (_what, action, field) => {
    const other = await named("Other");
    await client.signIn();
    const [underWay, stays] = [await client.approve(), await other.approve()];
    const browser = new Browser(auth);
    await press(browser, await signIn(browser), action, {}, field === undefined ? undefined : [field, client.clientId]);
    const before = await auth.events();
    expect((await client.exchange(underWay)).body["error"]).toBe("invalid_grant");
    expect(await auth.events()).toEqual(before);
    expect((await other.exchange(stays)).status).toBe(action === "end-app" ? 200 : 400);
    expect((await client.refresh((await client.signIn()).refreshToken)).status).toBe(200);
  });

  it("shows no app whose access has run out", async () => {
    await client.signIn();
    auth.clock.advance(auth.config.refreshTokenTtlMs);
    expect((await signIn()).text).toContain("No app has access now.");
  });

  it("shows where somebody is signed in, marks this browser, and signs out there", async () => {
    const [here, there] = [new Browser(auth), new Browser(auth)];
    await signIn(there);
    const page = await signIn(here);
    expect(page.text.match(/>This browser</g)).toHaveLength(1);
    expect(formsIn(page.text, page.url).filter(({ buttons }) => buttons.some(({ value }) => value === "end-session"))).toHaveLength(1);
    const after = await press(here, page, "end-session");
    expect(asksPassword(after)).toBe(false);
    expect(has(after, "end-session")).toBe(false);
    expect((await there.open("/account")).status).toBe(303);
  });

  it("signs out in all other browsers", async () => {
    const others = [new Browser(auth), new Browser(auth)];
    for (const other of others) await signIn(other);
    const here = new Browser(auth);
    expect(asksPassword(await press(here, await signIn(here), "end-other-sessions"))).toBe(false);
    for (const other of others) expect((await other.open("/account")).status).toBe(303);
  });

  it("signs out here, and clears the cookie", async () => {
    const browser = new Browser(auth);
    expect(asksPassword(await press(browser, await signIn(browser), "sign-out"))).toBe(true);
    expect([...browser.jar.attributes.keys()]).not.toContain("mcp_auth_session");
  });

  it("signs out everywhere: sessions end, codes under way are void, apps keep their access", async () => {
    const tokens = await client.signIn();
    const underWay = await client.approve();
    const there = new Browser(auth);
    await signIn(there);
    const here = new Browser(auth);
    expect(asksPassword(await press(here, await signIn(here), "sign-out-everywhere"))).toBe(true);
    expect((await there.open("/account")).status).toBe(303);
    expect((await client.exchange(underWay)).body["error"]).toBe("invalid_grant");
    expect((await client.refresh(tokens.refreshToken)).status).toBe(200);
    expect((await auth.events()).some((event) => event.endsWith("SubjectSignedOut"))).toBe(true);
    expect((await signIn()).text).toContain("Signed out everywhere");
  });

  it("signs out everywhere and ends the apps' access, where that was ticked", async () => {
    const tokens = await client.signIn();
    const here = new Browser(auth);
    await press(here, await signIn(here), "sign-out-everywhere", { apps: "on" });
    expect((await client.refresh(tokens.refreshToken)).body["error"]).toBe("invalid_grant");
  });

  it("tells what happened lately in plain words, the newest first, and no more than fifty facts", async () => {
    const tokens = await client.signIn();
    await client.revoke(tokens.refreshToken);
    const page = await signIn();
    const told = [...page.text.matchAll(/<time[^>]*>[^<]*<\/time> <span>([^<]*)/g)].map(([, text]) => text);
    expect(new Set(told.slice(0, 2))).toEqual(new Set(["An app gave its access back: ", "An app got access: "]));
    expect(told).toContain("First sign-in");
    const browser = new Browser(auth);
    for (let count = 0; count < 55; count += 1) {
      auth.clock.advance(1);
      await client.exchange(await client.approve({}, browser));
    }
    const full = await signIn();
    expect(full.text.match(/<li><time/g)).toHaveLength(50);
    expect(full.text).not.toContain("First sign-in");
    expect(await auth.store.sql.selectFrom("rm_activity").selectAll().execute()).toHaveLength(50);
  });

  it("is made from the log: built anew, it says the same", async () => {
    const tokens = await client.signIn();
    auth.clock.advance(1_000);
    await client.refresh(tokens.refreshToken);
    const rows = async () => [await auth.store.sql.selectFrom("rm_activity").selectAll().orderBy("event_id").execute(), await auth.store.sql.selectFrom("rm_grant_use").selectAll().execute()];
    const before = await rows();
    await auth.store.rebuild();
    expect(await rows()).toEqual(before);
  });
});

describe("the account page's forms", () => {
  it.each([
    ["without the token", { csrf_token: "" }, {}],
    ["with a made-up token", { csrf_token: "x".repeat(43) }, {}],
    ["from another site", {}, { "sec-fetch-site": "cross-site" }],
    ["from another origin", {}, { origin: "https://evil.example" }],
  ] as const)("do nothing %s, and work when they are sent from the page", async (_how, fields, headers) => {
    const tokens = await client.signIn();
    const browser = new Browser(auth);
    const page = await signIn(browser);
    const form = formWith(page, "end-apps");
    const values = Object.fromEntries(form.fields.map(({ name, value }) => [name, value]));
    const before = await auth.events();
    const refused = await browser.post("/account", { ...values, action: "end-apps", ...fields }, headers);
    expect(refused.status).toBe(403);
    expect(await auth.events()).toEqual(before);
    expect((await client.refresh(tokens.refreshToken)).status).toBe(200);
    await press(browser, page, "end-apps");
    expect((await auth.events()).filter((event) => event.endsWith("GrantRevoked"))).toHaveLength(1);
  });

  it("take no token of another session", async () => {
    const [one, two] = [new Browser(auth), new Browser(auth)];
    const page = await signIn(one);
    await signIn(two);
    const token = formWith(page, "sign-out").fields.find(({ name }) => name === "csrf_token")?.value ?? "";
    expect((await two.post("/account", { csrf_token: token, action: "sign-out" })).status).toBe(403);
    expect((await two.open("/account")).status).toBe(200);
  });

  it.each([[{ action: "become-admin" }], [{}], [{ action: "end-app" }], [{ action: "end-session" }]])("answer %j with a page, and change nothing", async (fields) => {
    const browser = new Browser(auth);
    const page = await signIn(browser);
    const token = formWith(page, "sign-out").fields.find(({ name }) => name === "csrf_token")?.value ?? "";
    const before = await auth.events();
    expect((await browser.post("/account", { csrf_token: token, ...fields })).status).toBe(400);
    expect(await auth.events()).toEqual(before);
    expect((await browser.open("/account")).status).toBe(200);
  });

  it("end nothing of another person, whatever they name", async () => {
    const tokens = await client.signIn();
    const [here, there] = [new Browser(auth), new Browser(auth)];
    await signIn(there);
    const page = await signIn(here);
    const sessionId = formWith(page, "end-session").fields.find(({ name }) => name === "session_id")?.value ?? "";
    const { subject_id: own } = await auth.store.sql.selectFrom("rm_grants").select("subject_id").executeTakeFirstOrThrow();
    await auth.store.transact(async ({ sql }) => {
      await sql.updateTable("tt_sessions").set({ subject_id: "somebody-else" }).where("session_id", "=", sessionId).execute();
      await sql.updateTable("rm_grants").set({ subject_id: "somebody-else" }).execute();
    });
    const before = await auth.events();
    await press(here, page, "end-session", {}, ["session_id", sessionId]);
    await press(here, page, "end-other-sessions");
    await press(here, page, "end-app", {}, ["client_id", client.clientId]);
    await press(here, page, "end-apps");
    expect(await auth.events()).toEqual(before);
    expect(await auth.store.sql.selectFrom("tt_sessions").select("session_id").where("session_id", "=", sessionId).execute()).toHaveLength(1);
    await auth.store.transact(({ sql }) => sql.updateTable("rm_grants").set({ subject_id: own }).execute());
    expect((await client.refresh(tokens.refreshToken)).status).toBe(200);
  });

  it("sign nobody in with a form of another browser, nor without one (login CSRF)", async () => {
    const attacker = new Browser(auth);
    const page = await attacker.open("/account/sign-in");
    const [form] = formsIn(page.text, page.url);
    const values = Object.fromEntries((form?.fields ?? []).map(({ name, value }) => [name, value]));
    const victim = new Browser(auth);
    expect((await victim.post("/account/sign-in", { ...values, password })).status).toBe(403);
    await victim.open("/account/sign-in");
    expect((await victim.post("/account/sign-in", { ...values, password })).status).toBe(403);
    expect([...victim.jar.attributes.keys()]).not.toContain("mcp_auth_session");
    expect((await attacker.submit(page, { password })).status).toBe(200);
  });

  it("count wrong passwords as the other sign-in does, and say until when it is locked", async () => {
    const browser = new Browser(auth);
    for (let tried = 0; tried < testConfig.limits.failuresPerAddress; tried += 1) expect((await signIn(browser, "wrong")).status).toBe(403);
    const locked = await signIn(browser);
    expect([locked.status, locked.text.includes("00:15")]).toEqual([429, true]);
    auth.clock.advance(testConfig.limits.lockMs);
    expect((await signIn(browser)).status).toBe(200);
  });

  it("carry no token where the operator turned it off, and still belong to the session", async () => {
    const open = await startAuth({ config: { csrf: { protection: false, bytes: 16 } } });
    try {
      const browser = new Browser(open);
      await browser.open("/account/sign-in");
      await browser.post("/account/sign-in", { password });
      expect((await browser.open("/account")).status).toBe(200);
      expect((await browser.post("/account", { action: "sign-out" }, { "sec-fetch-site": "cross-site" })).status).toBe(403);
      expect((await browser.post("/account", { action: "sign-out" })).status).toBe(303);
    } finally {
      await open.stop();
    }
  });
});

it("a session of the account page also spares the password of an authorization", async () => {
  const browser = new Browser(auth);
  await signIn(browser);
  const done = await browser.approve(await browser.open(client.authorizeUrl(createPkce())));
  expect(targetOf(done).searchParams.get("code")).toMatch(/^mcp_ac_/);
  expect(tokensOf(await client.exchange(await client.approve({}, browser)))).toBeTruthy();
});
