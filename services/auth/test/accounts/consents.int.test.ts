import { authV1 } from "@mcp-auth-proxy/contracts";
import { uuidv7 } from "@mcp-auth-proxy/crypto";
import { createPkce, formsIn } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { factsHash } from "../../src/accounts/consents.ts";
import { Browser, targetOf, type Page } from "../browser.ts";
import { redirectUri as loopback, TestClient, tokensOf, type Approved } from "../client.ts";
import { issuer, startAuth, type RunningAuth } from "../running-auth.ts";

const web = "https://app.example/callback";
/** As Chromium says when a page of ours leads somewhere. */
const opened = { "sec-fetch-site": "same-origin", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };

let auth: RunningAuth;
let client: TestClient;
let browser: Browser;
beforeEach(async () => {
  auth = await startAuth();
  client = await TestClient.register(auth, { redirect_uris: [web, "https://app.example/other", loopback] });
  browser = new Browser(auth);
});
afterEach(() => auth.stop());

type Overrides = Readonly<Record<string, string | undefined>>;
const ask = (overrides: Overrides = {}, headers: Readonly<Record<string, string>> = opened, of = client): Promise<Page> =>
  browser.open(of.authorizeUrl(createPkce(), { redirect_uri: web, ...overrides }), headers);
const asks = (page: Page): boolean => page.text.includes('value="approve"');
const allow = (overrides: Overrides = {}): Promise<Approved> => client.approve({ redirect_uri: web, ...overrides }, browser);

describe("a consent that was given before", () => {
  it("counts without a question where a page of ours leads there and the way back is https", async () => {
    await allow();
    const page = await ask();
    expect(asks(page)).toBe(false);
    expect(targetOf(page).href).toMatch(/^https:\/\/app\.example\/callback\?code=mcp_ac_/);
    expect(targetOf(page).searchParams.get("iss")).toBe(issuer);
  });

  it("gives a code that works, on the record as agreed to when it was", async () => {
    await allow();
    const before = auth.clock.now();
    auth.clock.advance(1_000);
    const pkce = createPkce();
    const page = await browser.open(client.authorizeUrl(pkce, { redirect_uri: web }), opened);
    const code = targetOf(page).searchParams.get("code") ?? "";
    expect((await client.exchange({ code, redirect: targetOf(page), pkce }, { redirect_uri: web })).status).toBe(200);
    const { events } = await auth.store.readFeed({ logEpoch: auth.store.logEpoch, position: 0 }, 100);
    const consents = events.filter(({ type }) => type === "ConsentGranted").map(({ data }) => (data as { consentedAt: number }).consentedAt);
    expect(consents).toEqual([before, before]);
  });

  it.each([
    ["another client", {}, { client_name: "Another" }],
    ["another way back", { redirect_uri: "https://app.example/other" }, undefined],
    ["prompt=consent", { prompt: "consent" }, undefined],
    ["prompt=login", { prompt: "login" }, undefined],
  ] as const)("does not count for %s", async (_what, overrides, metadata) => {
    await allow();
    const of = metadata === undefined ? client : await TestClient.register(auth, { ...metadata, redirect_uris: [web] });
    expect(asks(await ask(overrides, opened, of))).toBe(true);
    expect(asks(await ask())).toBe(false);
  });

  it.each([
    ["another site leads here", { ...opened, "sec-fetch-site": "cross-site" }],
    ["a neighbour leads here", { ...opened, "sec-fetch-site": "same-site" }],
    ["a site that was opened by hand may have sent it on", { ...opened, "sec-fetch-site": "none" }],
    ["nobody says who leads here", {}],
  ])("A03 is asked for again when %s", async (_when, headers) => {
    await allow();
    expect(asks(await ask({}, headers))).toBe(true);
    expect(asks(await ask())).toBe(false);
  });

  it("A09 is asked for again on the way to a loopback address, with the port that is asked for", async () => {
    await allow({ redirect_uri: loopback });
    const page = await ask({ redirect_uri: "http://127.0.0.1:51823/callback" });
    expect(asks(page)).toBe(true);
    const text = page.text.replaceAll("<wbr>", "");
    expect(text).toContain("127.0.0.1:51823");
    expect(text).toContain("on your own device");
    expect(text).toContain("You allowed this app the same before.");
  });

  it("does not count in a browser where nobody is signed in, nor after the session", async () => {
    await allow();
    const page = await new Browser(auth).open(client.authorizeUrl(createPkce(), { redirect_uri: web }), opened);
    expect(asks(page)).toBe(true);
    auth.clock.advance(auth.config.session.idleMs);
    expect(asks(await ask())).toBe(true);
  });

  it("shows what is new when more is asked for, and counts for all of it from then on", async () => {
    await allow({ scope: "mcp-access" });
    const more = await ask();
    expect(asks(more)).toBe(true);
    expect(more.text).toContain("It asks for more now.");
    expect(more.text.match(/<span class="badge new">/g)).toHaveLength(1);
    expect(more.text).toMatch(/name="scope:offline_access"[^\n]*New/);
    await browser.approve(more);
    expect(asks(await ask())).toBe(false);
    expect(asks(await ask({ scope: "mcp-access" }))).toBe(false);
  });

  it("is forgotten when the operator ends the access, and is asked for again", async () => {
    await allow();
    await auth.bridge.ask(authV1.revoke, { commandId: uuidv7(), actor: "operator", target: { kind: "client", id: client.clientId } });
    expect(asks(await ask())).toBe(true);
  });

  it("is forgotten when the client gives its access back", async () => {
    const tokens = tokensOf(await client.exchange(await allow(), { redirect_uri: web }));
    await client.revoke(tokens.refreshToken);
    expect(asks(await ask())).toBe(true);
  });

  it.each([
    ["a code is used twice", async (approved: Approved) => void (await client.exchange(approved, { redirect_uri: web }))],
    [
      "a refresh token is used after its window",
      async (_approved: Approved, refreshToken: string) => {
        await client.refresh(refreshToken);
        auth.clock.advance(auth.config.refreshReplayWindowMs);
        await client.refresh(refreshToken);
      },
    ],
  ] as const)("is forgotten when %s: whoever did it may be sitting at the client", async (_when, misuse) => {
    const approved = await allow();
    const { refreshToken } = tokensOf(await client.exchange(approved, { redirect_uri: web }));
    await misuse(approved, refreshToken);
    expect((await auth.events()).some((event) => event.endsWith("GrantRevoked"))).toBe(true);
    expect(asks(await ask())).toBe(true);
  });

  it("holds fingerprints and hashes of addresses and of what the client says", async () => {
    await allow();
    const rows: readonly object[] = await auth.store.sql.selectFrom("cx_consents").selectAll().execute();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain("app.example");
  });

  it("is for facts in any order, and not for other facts", () => {
    const facts = { redirectUris: [web], grantTypes: ["authorization_code"], scope: "mcp-access" };
    expect(factsHash({ scope: "mcp-access", grantTypes: ["authorization_code"], redirectUris: [web] })).toBe(factsHash(facts));
    for (const other of [{ ...facts, clientName: "x" }, { ...facts, redirectUris: [web, loopback] }, { ...facts, scope: "more" }]) expect(factsHash(other)).not.toBe(factsHash(facts));
  });
});

describe("A20 scopes can be left out one by one", () => {
  it("A20 asks for the least when the client names nothing", async () => {
    const page = await ask({ scope: undefined });
    expect(page.text).not.toContain('<input type="checkbox"');
  });

  it("A20 gives what stayed ticked and no more: unticked to stay connected means no refresh token", async () => {
    const pkce = createPkce();
    const page = await browser.open(client.authorizeUrl(pkce, { redirect_uri: web }), opened);
    const [form] = formsIn(page.text, page.url);
    const kept = Object.fromEntries((form?.fields ?? []).filter(({ type }) => type !== "checkbox").map(({ name, value }) => [name, value]));
    const signIn = await browser.open((await browser.post("/authorize/consent", { ...kept, decision: "approve" })).headers.get("location") ?? "");
    const redirect = targetOf(await browser.signIn(signIn));
    const answer = await client.exchange({ code: redirect.searchParams.get("code") ?? "", redirect, pkce }, { redirect_uri: web });
    expect(answer.status).toBe(200);
    expect(answer.body["scope"]).toBe("mcp-access");
    expect(answer.body).not.toHaveProperty("refresh_token");
    expect(asks(await ask())).toBe(true);
  });

  it("A20 has no box for the baseline, and gives nothing that was not asked for", async () => {
    const page = await ask({ scope: "mcp-access" });
    expect(page.text).not.toContain('<input type="checkbox"');
    const [form] = formsIn(page.text, page.url);
    const fields = Object.fromEntries((form?.fields ?? []).map(({ name, value }) => [name, value]));
    await browser.post("/authorize/consent", { ...fields, "scope:offline_access": "on", "scope:admin": "on", decision: "approve" });
    const { transaction = "" } = fields;
    const done = await browser.signIn(await browser.open(`/authorize/sign-in?transaction=${transaction}`));
    expect(targetOf(done).searchParams.has("code")).toBe(true);
    const { events } = await auth.store.readFeed({ logEpoch: auth.store.logEpoch, position: 0 }, 100);
    expect(events.filter(({ type }) => type === "ConsentGranted").map(({ data }) => (data as { scope: string }).scope)).toEqual(["mcp-access"]);
  });
});

describe("prompt=none", () => {
  const errorOf = (page: Page): string | null => new URL(page.headers.get("location") ?? "x:").searchParams.get("error");

  it("is answered at once: with a code, or with what is missing", async () => {
    expect(errorOf(await ask({ prompt: "none" }))).toBe("login_required");
    await allow({ redirect_uri: "https://app.example/other" });
    expect(errorOf(await ask({ prompt: "none" }))).toBe("consent_required");
    await allow();
    expect(errorOf(await ask({ prompt: "none" }, { ...opened, "sec-fetch-site": "cross-site" }))).toBe("interaction_required");
    expect(targetOf(await ask({ prompt: "none" })).searchParams.has("code")).toBe(true);
    expect(errorOf(await ask({ prompt: "none login" }))).toBe("invalid_request");
  });

  it("leaves no row behind", async () => {
    await ask({ prompt: "none" });
    expect(await auth.store.sql.selectFrom("tt_authorizations").selectAll().execute()).toEqual([]);
  });
});

it("prompt=login asks for the password although a session is there", async () => {
  await allow();
  const signIn = await browser.approve(await ask({ prompt: "login" }));
  expect(signIn.text).toContain('<input type="password"');
  expect(targetOf(await browser.signIn(signIn)).searchParams.has("code")).toBe(true);
});
