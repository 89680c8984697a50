import { authV1 } from "@mcp-auth-proxy/contracts";
import { createCommandHandler } from "@mcp-auth-proxy/event-store";
import { createPkce } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clientStreamKey } from "../../src/clients/client-stream.ts";
import { clientDecider } from "../../src/domain/client.ts";
import { clientId } from "../../src/domain/ids.ts";
import { Browser, type Page } from "../browser.ts";
import { TestClient, tokensOf } from "../client.ts";
import { assertionClaims, assertionParameters, Signer } from "../confidential.ts";
import { startAuth, type RunningAuth } from "../running-auth.ts";
import { callback, startDocumentHost, type DocumentHost } from "./document-host.ts";

let auth: RunningAuth;
let host: DocumentHost;
let client: TestClient;

const staleMs = 60_000;
const open = (overrides: Readonly<Record<string, string | undefined>> = {}): Promise<Page> => new Browser(auth).open(client.authorizeUrl(createPkce(), overrides));
const clientEvents = async (): Promise<readonly string[]> =>
  (await auth.events()).flatMap((event) => (event.startsWith(`client-${clientStreamKey(clientId(host.clientId))} `) ? [event.split(" ")[1] ?? ""] : []));

beforeEach(async () => {
  host = await startDocumentHost();
  auth = await startAuth();
  client = new TestClient(auth, host.clientId);
});
afterEach(async () => {
  await auth.stop();
  await host[Symbol.asyncDispose]();
});

describe("a client that a document describes", () => {
  it("signs in without registering, and stays signed in (A4.1, A4.17)", async () => {
    const { refreshToken } = await client.signIn();
    expect((await client.refresh(refreshToken)).status).toBe(200);
    expect(host.requests).toEqual(["GET /client.json"]);
  });

  it("is on the log from its first completed authorization on, and not before", async () => {
    await open();
    expect(await clientEvents()).toEqual([]);
    await client.signIn();
    await client.signIn();
    expect(await clientEvents()).toEqual(["ClientRegistered"]);
  });

  it.each([{ redirect_uris: [callback, "https://client.example/callback"] }, { client_name: "Renamed client" }])("is updated on the log when its document says %j", async (changed) => {
    await client.signIn();
    host.document = changed;
    auth.clock.advance(staleMs);
    await client.signIn();
    expect(await clientEvents()).toEqual(["ClientRegistered", "ClientUpdated"]);
  });

  it("is shown with the host of its document, with its name and with where it returns (A4.14, A09)", async () => {
    const page = await open({ redirect_uri: "http://127.0.0.1:54321/callback" });
    expect(page.status).toBe(200);
    const text = page.text.replaceAll("<wbr>", "");
    expect(text).toContain("Described client");
    expect(text).toContain(host.shownHost);
    expect(text).toContain("127.0.0.1:54321");
    expect(text).toContain("This goes to an app on your own device");
  });

  it("is what its document said when the person was asked, whatever it says afterwards", async () => {
    const browser = new Browser(auth);
    const consent = await browser.open(client.authorizeUrl(createPkce()));
    host.document = { client_name: "Another client", redirect_uris: ["https://attacker.example/callback"] };
    auth.clock.advance(staleMs);
    const signIn = await browser.approve(consent);
    expect(signIn.text).toContain("Described client");
    expect((await browser.signIn(signIn)).text).not.toContain("attacker.example");
    const { events } = await auth.store.readFeed({ logEpoch: auth.store.logEpoch, position: 0 }, 100);
    expect(events.find(({ type }) => type === "ClientRegistered")?.data).toMatchObject({ facts: { clientName: "Described client", redirectUris: [callback] } });
  });

  it("is asked about again once its document says something else, and not before (A4.16)", async () => {
    const web = "https://client.example/callback";
    const headers = { "sec-fetch-site": "same-origin", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    const browser = new Browser(auth);
    const asks = async (): Promise<boolean> => (await browser.open(client.authorizeUrl(createPkce(), { redirect_uri: web }), headers)).text.includes('value="approve"');
    host.document = { redirect_uris: [web] };
    await client.approve({ redirect_uri: web }, browser);
    expect(await asks()).toBe(false);
    auth.clock.advance(staleMs);
    expect(await asks()).toBe(false);
    expect(host.requests).toHaveLength(2);
    host.document = { redirect_uris: [web], client_name: "Renamed client" };
    auth.clock.advance(staleMs);
    expect(await asks()).toBe(true);
    await client.approve({ redirect_uri: web }, browser);
    expect(await asks()).toBe(false);
  });

  it("may use the redirect URIs of its document only (A4.11)", async () => {
    const page = await open({ redirect_uri: "https://attacker.example/callback" });
    expect(page.status).toBe(400);
    expect(page.text).not.toContain("attacker.example");
  });

  it("loses a redirect URI within the time that its document counts (A12)", async () => {
    host.document = { redirect_uris: [callback, "https://client.example/stolen"] };
    expect((await open({ redirect_uri: "https://client.example/stolen" })).status).toBe(200);
    host.document = {};
    auth.clock.advance(staleMs);
    expect((await open({ redirect_uri: "https://client.example/stolen" })).status).toBe(400);
    expect((await open()).status).toBe(200);
  });

  it("may have an id as long as ids may be, and its grants are told to others", async () => {
    await using other = await startDocumentHost(`/${"a".repeat(470)}`);
    const { refreshToken } = await new TestClient(auth, other.clientId).signIn();
    await new TestClient(auth, other.clientId).revoke(refreshToken);
    const feed = await auth.bridge.ask(authV1.readFeed, { after: { logEpoch: auth.store.logEpoch, position: 0 }, limit: 100 });
    expect(feed.events.map(({ type, data }) => [type, data["clientId"]])).toEqual(
      expect.arrayContaining([
        ["grant-issued", other.clientId],
        ["grant-revoked", other.clientId],
      ]),
    );
    await auth.service.stop(1_000);
    expect(auth.logLines.join()).not.toContain("events could not be published");
  });

  it("may not sign in once it was disabled, whatever its document says", async () => {
    const { refreshToken } = await client.signIn();
    const handle = createCommandHandler({ store: auth.store, clock: auth.clock });
    const id = clientId(host.clientId);
    const disable = { type: "DisableClient", clientId: id, now: auth.clock.now() } as const;
    await handle({ name: "disable", meta: { correlationId: "test", actor: "test" } }, async (unit) => (await unit.execute(clientDecider, clientStreamKey(id), disable)).ok);
    expect((await open()).status).toBe(400);
    expect((await client.refresh(refreshToken)).status).toBe(401);
  });
});

describe("a described client that signs (A4.10)", () => {
  const signer = new Signer();
  const proof = async (by = signer, clientIdOf = host.clientId) => assertionParameters(await by.sign(assertionClaims(auth, clientIdOf)));

  it("has to prove itself at the token endpoint, at every use", async () => {
    host.document = { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [signer.publicJwk] } };
    const approved = await client.approve();
    for (const wrong of [{}, await proof(new Signer()), { client_secret: "x" }]) {
      const refused = await client.exchange(approved, wrong);
      expect([refused.status, refused.body["error"]]).toEqual([401, "invalid_client"]);
    }
    const tokens = tokensOf(await client.exchange(approved, await proof()));
    expect((await client.refresh(tokens.refreshToken)).status).toBe(401);
    expect((await client.refresh(tokens.refreshToken, await proof())).status).toBe(200);
    expect((await client.revoke(tokens.refreshToken)).status).toBe(401);
  });

  it("is held to the keys that its person consented to, until another consent", async () => {
    const next = new Signer("k2");
    host.document = { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [signer.publicJwk] } };
    const approved = await client.approve();
    host.document = { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [next.publicJwk] } };
    auth.clock.advance(30_000);
    expect((await client.exchange(approved, await proof(next))).status).toBe(401);
    expect((await client.exchange(approved, await proof())).status).toBe(200);
    auth.clock.advance(staleMs);
    const again = await client.approve();
    expect((await client.exchange(again, await proof())).status).toBe(401);
    expect((await client.exchange(again, await proof(next))).status).toBe(200);
    expect(await clientEvents()).toEqual(["ClientRegistered", "ClientUpdated"]);
  });
});

describe("a document that can not be used", () => {
  it.each<[why: string, change: () => void]>([
    ["404", () => (host.answer = { status: 404, headers: {} })],
    ["a redirect", () => (host.answer = { status: 302, headers: { location: "http://127.0.0.2:9/" } })],
    ["503", () => (host.answer = { status: 503, headers: {} })],
    ["another type", () => (host.answer = { status: 200, headers: { "content-type": "text/html" } })],
    ["another client's id", () => (host.document = { client_id: "https://client.example/doc" })],
    ["a secret", () => (host.document = { client_secret: "s" })],
    ["a confidential client without keys", () => (host.document = { token_endpoint_auth_method: "private_key_jwt" })],
    ["one bad redirect URI (A11)", () => (host.document = { redirect_uris: [callback, "javascript:alert(1)"] })],
    ["6 KB", () => (host.document = { client_uri: "x".repeat(6_000) })],
  ])("ends in a page of ours and no redirect, and a good one works right after: %s (A4.13)", async (_why, change) => {
    const { document, answer } = host;
    change();
    const before = await auth.events();
    const page = await open();
    expect(page.status).toBe(400);
    expect(page.headers.get("location")).toBeNull();
    expect(page.headers.get("content-type")).toMatch(/^text\/html/);
    expect(page.text).toContain("This app could not be checked");
    expect(page.text).not.toContain("<form");
    expect(page.text).not.toContain(host.shownHost);
    expect(await auth.events()).toEqual(before);
    Object.assign(host, { document, answer });
    expect((await open()).status).toBe(200);
  });

  it("says so in Korean too", async () => {
    host.answer = { status: 404, headers: {} };
    const page = await new Browser(auth).open(client.authorizeUrl(createPkce()), { "accept-language": "ko" });
    expect(page.text).toContain("앱을 확인할 수 없습니다");
  });
});

describe("the token endpoint", () => {
  it("asks for a document that is no longer fresh (A4.17)", async () => {
    const { refreshToken } = await client.signIn();
    auth.clock.advance(staleMs);
    expect((await client.refresh(refreshToken)).status).toBe(200);
    expect(host.requests).toHaveLength(2);
  });

  it("refuses a client whose document is gone, and lets it go on once it is back", async () => {
    const { refreshToken } = await client.signIn();
    auth.clock.advance(staleMs);
    const { answer } = host;
    const before = await auth.events();
    host.answer = { status: 404, headers: {} };
    const refused = await client.refresh(refreshToken);
    expect([refused.status, refused.body["error"]]).toEqual([401, "invalid_client"]);
    expect(await auth.events()).toEqual(before);
    host.answer = answer;
    expect((await client.refresh(refreshToken)).status).toBe(200);
  });

  it("takes a host that fails for what it is: the client may come again, and has lost nothing", async () => {
    const { refreshToken } = await client.signIn();
    auth.clock.advance(staleMs);
    const { answer } = host;
    const before = await auth.events();
    host.answer = { status: 500, headers: {} };
    const later = await client.refresh(refreshToken);
    expect([later.status, later.body["error"], later.headers["retry-after"]]).toEqual([503, "temporarily_unavailable", "30"]);
    expect(await auth.events()).toEqual(before);
    host.answer = answer;
    expect((await client.refresh(refreshToken)).status).toBe(200);
  });

  it("gives no refresh token to a client whose document does not ask for one", async () => {
    host.document = { grant_types: ["authorization_code"] };
    const answer = await client.exchange(await client.approve());
    expect(answer.status).toBe(200);
    expect(answer.body).not.toHaveProperty("refresh_token");
  });

  it("takes no secret from a client that can have none", async () => {
    const approved = await client.approve();
    expect((await client.exchange(approved, { client_secret: "guessed" })).status).toBe(401);
    tokensOf(await client.exchange(approved));
  });
});

describe("where documents are off", () => {
  it("a URL is no client, neither new nor known from before", async () => {
    const off = await startAuth({ config: { clientIdMetadata: false } });
    const there = new TestClient(off, host.clientId);
    const page = await new Browser(off).open(there.authorizeUrl(createPkce()));
    expect(page.status).toBe(400);
    expect(page.text).toContain("This app is not known here");
    expect((await there.refresh("mcp_rt_x")).status).toBe(401);
    expect(host.requests).toEqual([]);
    await off.stop();
  });
});

describe("where we are not on loopback ourselves", () => {
  it("a document on loopback is not asked for (A4.4)", async () => {
    const issuer = "https://gate.example";
    const away = await startAuth({ config: { issuer, resources: [{ name: "files", resource: `${issuer}/mcp`, path: "/mcp", displayName: "Files" }] } });
    const asked = client.authorizeUrl(createPkce(), { resource: `${issuer}/mcp` });
    const answer = await away.app.inject({ url: `/authorize${new URL(asked).search}`, headers: { host: "gate.example" } });
    expect(answer.statusCode).toBe(400);
    expect(answer.payload).toContain("This app could not be checked");
    expect(host.requests).toEqual([]);
    await away.stop();
  });
});
