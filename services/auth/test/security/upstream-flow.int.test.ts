import { createPkce, type OidcProvider, startOidcProvider } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Page, targetOf } from "../browser.ts";
import { TestClient } from "../client.ts";
import { oidc, registered, startWithProviders, Visitor } from "../providers/gateway.ts";
import type { RunningAuth } from "../running-auth.ts";
import { sweepExpired } from "../../src/pending/sweep.ts";

let company: OidcProvider;
let auth: RunningAuth;
let client: TestClient;
let visitor: Visitor;
beforeEach(async () => {
  company = await startOidcProvider({ clients: [registered] });
  auth = await startWithProviders({ providers: [oidc(company)] });
  client = await TestClient.register(auth);
  visitor = new Visitor(client);
});
afterEach(async () => {
  await auth.stop();
  await company.stop();
});

const visits = () => auth.store.sql.selectFrom("tt_upstream_visits").selectAll().execute();
/** What must not move: the log, the visit under way, what the provider was asked. */
const state = async () => [await auth.events(), await visits(), company.requests.length];
const isCode = (page: Page): boolean => page.status === 200 && targetOf(page).searchParams.has("code");

describe("A01: consent comes before the provider", () => {
  it("A01: nothing is made for a visit, and no cookie set for it, before this client was approved in this browser", async () => {
    // Whom the provider knows already, and takes without asking: a page of ours is all that stands between.
    company.signedIn = "ada";
    expect(isCode(await visitor.through(await visitor.approve(), "ada"))).toBe(true);
    const attacker = await TestClient.register(auth, { client_name: "Attacker", redirect_uris: ["https://attacker.example/cb"] });
    const url = attacker.authorizeUrl(createPkce(), { redirect_uri: "https://attacker.example/cb" });
    const before = await state();
    const consent = await visitor.browser.open(url, { "sec-fetch-site": "cross-site" });
    expect([consent.status, consent.text.replaceAll("<wbr>", "").includes("attacker.example")]).toEqual([200, true]);
    const transaction = /name="transaction" value="([^"]+)"/.exec(consent.text)?.[1] ?? "";
    for (const path of [`/authorize/sign-in?transaction=${transaction}`, `/authorize/sign-in/provider?transaction=${transaction}&provider=oidc`]) {
      expect((await visitor.browser.open(path)).status).toBe(400);
    }
    expect([...visitor.browser.jar.attributes.keys()].some((name) => name.includes("binding"))).toBe(false);
    expect(await state()).toEqual(before);
  });
});

describe("A02: the browser that approved is the one that comes back", () => {
  it("A02: a callback in another browser is 403, moves nothing, and the right browser still gets its code", async () => {
    const callback = await visitor.atProvider(await visitor.providerUrl(await visitor.approve()), "ada");
    const before = await state();
    const victim = new Visitor(client);
    expect((await victim.back(callback)).status).toBe(403);
    await victim.approve();
    const withOwn = await auth.events();
    expect((await victim.back(callback)).status).toBe(403);
    expect(await auth.events()).toEqual(withOwn);
    expect(before[0]).toEqual(withOwn);
    expect(company.requests).toHaveLength(0);
    expect(isCode(await visitor.back(callback))).toBe(true);
  });

  it("A02: the provider's address that was caught on the way signs nobody else in", async () => {
    const url = await visitor.providerUrl(await visitor.approve());
    const victim = new Visitor(client);
    expect((await victim.back(await victim.atProvider(url, "bob"))).status).toBe(403);
    expect((await auth.events()).some((event) => event.endsWith("SubjectSeen"))).toBe(false);
  });
});

describe("A04: what was changed or is somebody else's gives no code", () => {
  it.each([
    ["no state", (url: URL) => url.searchParams.delete("state"), 400],
    ["a made-up state", (url: URL) => url.searchParams.set("state", "x".repeat(43)), 400],
    ["two states", (url: URL) => url.searchParams.append("state", "x".repeat(43)), 400],
  ] as const)("A04: %s is refused, and the right callback still works", async (_what, change, status) => {
    const callback = await visitor.atProvider(await visitor.providerUrl(await visitor.approve()), "ada");
    const changed = new URL(callback);
    change(changed);
    const before = await state();
    expect((await visitor.back(changed)).status).toBe(status);
    expect(await state()).toEqual(before);
    expect(isCode(await visitor.back(callback))).toBe(true);
  });

  it("A04: a state is good once", async () => {
    const callback = await visitor.atProvider(await visitor.providerUrl(await visitor.approve()), "ada");
    expect(isCode(await visitor.back(callback))).toBe(true);
    const before = await state();
    expect((await visitor.back(callback)).status).toBe(400);
    expect(await state()).toEqual(before);
  });

  it("A04: a state of ten minutes ago is none", async () => {
    const callback = await visitor.atProvider(await visitor.providerUrl(await visitor.approve()), "ada");
    auth.clock.advance(auth.config.limits.upstreamTtlMs);
    expect((await visitor.back(callback)).status).toBe(400);
    expect(company.requests).toHaveLength(0);
  });

  it("A04: the code of another visit is worth nothing in this one", async () => {
    const theirs = await new Visitor(client).atProvider(await visitor.providerUrl(await visitor.approve()), "bob");
    const other = new Visitor(client);
    const own = await other.atProvider(await other.providerUrl(await other.approve()), "ada");
    own.searchParams.set("code", theirs.searchParams.get("code") ?? "");
    const page = await other.back(own);
    expect([page.status, page.text.includes("failed")]).toEqual([400, true]);
    expect((await auth.events()).some((event) => event.endsWith("SubjectSeen"))).toBe(false);
  });

  it("A04: of two visits of one sign-in the last one counts", async () => {
    const page = await visitor.approve();
    const first = await visitor.atProvider(await visitor.providerUrl(page), "ada");
    const again = await visitor.browser.open(page.url);
    expect((await visitor.back(first)).status).toBe(400);
    expect(isCode(await visitor.through(again, "ada"))).toBe(true);
  });
});

describe("A08: who answers is who was asked", () => {
  it.each([
    ["another issuer", (url: URL) => url.searchParams.set("iss", "https://evil.example")],
    ["no issuer", (url: URL) => url.searchParams.delete("iss")],
  ] as const)("A08: a callback of %s is not redeemed, and says so on a page", async (_what, change) => {
    const callback = await visitor.atProvider(await visitor.providerUrl(await visitor.approve()), "ada");
    change(callback);
    const page = await visitor.back(callback);
    expect([page.status, page.headers.get("content-type")?.startsWith("text/html"), page.text.includes("evil.example")]).toEqual([400, true, false]);
    expect(company.requests).toHaveLength(0);
    expect(isCode(await visitor.through(await visitor.browser.open(/href="([^"]*\/authorize\/sign-in\?[^"]*)"/.exec(page.text)?.[1]?.replaceAll("&amp;", "&") ?? ""), "ada"))).toBe(true);
  });
});

describe("what is written down of a sign-in at a provider", () => {
  it("D01: holds no code, no state, no token and no address", async () => {
    const callback = await visitor.atProvider(await visitor.providerUrl(await visitor.approve()), "ada");
    await visitor.back(callback);
    const planted = ["code", "state"].map((name) => callback.searchParams.get(name) ?? name);
    const rows = await Promise.all((["cx_subjects", "rm_activity", "es_events", "au_audit"] as const).map((table) => auth.store.sql.selectFrom(table).selectAll().execute()));
    const written = auth.logLines.join("\n") + JSON.stringify(rows);
    for (const secret of [...planted, "ada@example.com", company.subOf("ada"), registered.clientSecret]) expect(written).not.toContain(secret);
    expect(written).toContain("sign-in-passed");
  });

  it("is bounded for strangers: visits count for each address, and are swept", async () => {
    await visitor.approve();
    expect(await visits()).toHaveLength(1);
    const other = new Visitor(client);
    await other.approve();
    expect(await visits()).toHaveLength(2);
    auth.clock.advance(auth.config.limits.upstreamTtlMs);
    await sweepExpired(auth.store, auth.clock.now());
    expect(await visits()).toHaveLength(0);
  });
});
