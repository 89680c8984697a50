import { createMessenger } from "@mcp-auth-proxy/bus";
import { authV1 } from "@mcp-auth-proxy/contracts";
import { uuidv7 } from "@mcp-auth-proxy/crypto";
import { createLog, noTracer } from "@mcp-auth-proxy/telemetry";
import { waitFor } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sendHeartbeat } from "../../src/bus/heartbeat.ts";
import { TestClient, type Tokens } from "../client.ts";
import { startAuth, type RunningAuth } from "../running-auth.ts";

let auth: RunningAuth;
let client: TestClient;
let tokens: Tokens;
beforeEach(async () => {
  auth = await startAuth();
  client = await TestClient.register(auth);
  tokens = await client.signIn();
});
afterEach(() => auth.stop());

const grantOf = ({ accessToken }: Tokens): string => JSON.parse(Buffer.from(accessToken.split(".")[1] ?? "", "base64url").toString()).grant;
const revoke = (target: Parameters<typeof ask>[0], commandId = uuidv7(auth.clock.now())) => ask(target, commandId);
const ask = (target: { kind: "grant" | "client" | "login"; id: string } | { kind: "all" }, commandId: string) =>
  auth.bridge.ask(authV1.revoke, { commandId, actor: "operator", target });
const start = { logEpoch: 1, position: 0 };

describe("revocation reaches bridges", () => {
  it("is told at once, kept for who follows, on the denylist, and in the feed: the same entry everywhere", async () => {
    const heard: authV1.DenyEntry[] = [];
    const followed: authV1.DenyEntry[] = [];
    auth.bridge.hear(authV1.grantRevoked, ({ data }) => void heard.push(data.deny));
    await auth.bridge.follow(authV1.grantRevoked, { durable: "bridge-test" }, async ({ data }) => void followed.push(data.deny));
    expect(await revoke({ kind: "grant", id: grantOf(tokens) })).toEqual({ revokedGrants: 1 });
    await waitFor("the revocation to be told", () => heard.length > 0 && followed.length > 0);
    const expiry = auth.clock.now() + auth.config.accessTokenTtlMs;
    const entry = { kind: "grant", id: grantOf(tokens), issuedBefore: auth.clock.now(), until: expiry };
    expect([heard, followed]).toEqual([[entry], [entry]]);
    expect((await auth.bridge.ask(authV1.denylist, {})).entries).toEqual([entry]);
    const { events } = await auth.bridge.ask(authV1.readFeed, { after: start, limit: authV1.feedPageSize });
    expect(events.filter(({ type }) => type === "grant-revoked").map(({ data }) => data["deny"])).toEqual([entry]);
  });

  it("leaves the denylist when the last access token has expired", async () => {
    await revoke({ kind: "all" });
    auth.clock.advance(auth.config.accessTokenTtlMs - 1);
    expect((await auth.bridge.ask(authV1.denylist, {})).entries).toHaveLength(1);
    auth.clock.advance(1);
    expect((await auth.bridge.ask(authV1.denylist, {})).entries).toEqual([]);
  });

  it("denies as long as the longest access token lives, not the first one", async () => {
    auth.clock.advance(1_800_000);
    await client.refresh(tokens.refreshToken);
    await revoke({ kind: "all" });
    expect((await auth.bridge.ask(authV1.denylist, {})).entries[0]?.until).toBe(auth.clock.now() + auth.config.accessTokenTtlMs);
  });
});

describe("the operator's revoke", () => {
  it("ends the grants of one client and no other's", async () => {
    const other = await TestClient.register(auth);
    const others = await other.signIn();
    await client.signIn();
    expect(await revoke({ kind: "client", id: client.clientId })).toEqual({ revokedGrants: 2 });
    expect((await client.refresh(tokens.refreshToken)).status).toBe(400);
    expect((await other.refresh(others.refreshToken)).status).toBe(200);
  });

  it("ends everything of a login, also a code that was not redeemed yet", async () => {
    const approved = await client.approve();
    expect(await revoke({ kind: "login", id: "owner" })).toEqual({ revokedGrants: 1 });
    expect((await client.exchange(approved)).body["error"]).toBe("invalid_grant");
    expect((await client.refresh(tokens.refreshToken)).status).toBe(400);
    auth.clock.advance(1);
    expect((await client.refresh((await client.signIn()).refreshToken)).status).toBe(200);
  });

  it("ends nothing for a login that nobody has", async () => {
    expect(await revoke({ kind: "login", id: "stranger" })).toEqual({ revokedGrants: 0 });
    expect((await client.refresh(tokens.refreshToken)).status).toBe(200);
  });

  it("answers a repeated command with the same number, and does nothing again", async () => {
    for (let more = 0; more < 3; more += 1) await client.signIn();
    const commandId = uuidv7(auth.clock.now());
    const first = await revoke({ kind: "all" }, commandId);
    auth.clock.advance(1);
    const fresh = await client.signIn();
    expect([first, await revoke({ kind: "all" }, commandId)]).toEqual([{ revokedGrants: 4 }, { revokedGrants: 4 }]);
    expect((await client.refresh(fresh.refreshToken)).status).toBe(200);
  });
});

describe("the feed", () => {
  it("shows public events only, and leads to the end page by page", async () => {
    const types: string[] = [];
    let after: authV1.FeedPosition = start;
    for (let end = false; !end; ) {
      const page: { events: { type: string }[]; next: authV1.FeedPosition; end: boolean } = await auth.bridge.ask(authV1.readFeed, { after, limit: 2 });
      types.push(...page.events.map(({ type }) => type));
      ({ next: after, end } = page);
    }
    expect(types).toEqual(["signing-key-activated", "grant-issued"]);
    expect(after).toEqual((await auth.bridge.ask(authV1.denylist, {})).at);
  });

  it("beats with the head of the log", async () => {
    const beats: authV1.FeedPosition[] = [];
    auth.bridge.hearPlain(authV1.heartbeat.subject, authV1.heartbeat.body, ({ head }) => void beats.push(head));
    const own = createMessenger({ bus: auth.bus, service: "auth", log: createLog({ level: "error", format: "json" }), tracer: noTracer });
    await sendHeartbeat(own, auth.store, auth.clock);
    await waitFor("a heartbeat", () => beats.length > 0);
    expect(beats).toEqual([await auth.store.head()]);
  });
});
