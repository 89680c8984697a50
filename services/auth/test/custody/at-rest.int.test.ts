import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CanaryWatch, createFakeClock } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { sweepExpired } from "../../src/pending/sweep.ts";
import { TestClient, tokensOf } from "../client.ts";
import { issuer, password, startAuth, type RunningAuth } from "../running-auth.ts";

let folder: string;
let auth: RunningAuth;
const clock = createFakeClock();
const start = (): Promise<RunningAuth> => startAuth({ files: { auth: join(folder, "auth.db"), vault: join(folder, "vault.db") }, clock });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "auth-at-rest-"));
  auth = await start();
});
afterEach(async () => {
  await auth.stop();
  rmSync(folder, { recursive: true });
});

it("keeps no token, code, password or private key in any file, event or log line", async () => {
  const watch = new CanaryWatch();
  const state = watch.plant("state");
  watch.watch("password", password);
  const client = await TestClient.register(auth);
  const approved = await client.approve({ state });
  watch.watch("code", approved.code);
  watch.watch("verifier", approved.pkce.verifier);
  const first = tokensOf(await client.exchange(approved));
  const second = tokensOf(await client.refresh(first.refreshToken));
  await client.refresh(first.refreshToken);
  for (const [name, value] of Object.entries({ first: first.refreshToken, second: second.refreshToken, access: first.accessToken, access2: second.accessToken })) {
    watch.watch(name, value);
  }
  await client.exchange(approved);
  const { events } = await auth.store.readFeed({ logEpoch: auth.store.logEpoch, position: 0 }, 1_000);
  expect(events.length).toBeGreaterThan(8);
  expect(watch.searchText("events", JSON.stringify(events))).toEqual([]);
  expect(watch.searchText("log", auth.logLines.join(""))).toEqual([]);
  expect(watch.searchFolder(folder)).toEqual([]);
});

it("keeps the login readable to nobody who holds the file, and to auth", async () => {
  const client = await TestClient.register(auth);
  await client.signIn();
  const rows = await auth.store.sql.selectFrom("cx_subjects").selectAll().execute();
  expect(rows).toHaveLength(1);
  expect(JSON.stringify(rows)).not.toContain("owner");
});

it("opens its keys again after a restart: tokens, sign-ins and the key set go on", async () => {
  const client = await TestClient.register(auth);
  const tokens = await client.signIn();
  const approved = await client.approve();
  const keySet = (await auth.app.inject({ url: "/jwks" })).json();
  await auth.stop();
  auth = await start();
  expect((await auth.app.inject({ url: "/jwks" })).json()).toEqual(keySet);
  const again = new TestClient(auth, client.clientId);
  expect((await again.refresh(tokens.refreshToken)).status).toBe(200);
  expect((await again.exchange(approved)).status).toBe(200);
});

it("answers a repeated refresh after a restart with the answer from before", async () => {
  const client = await TestClient.register(auth);
  const { refreshToken } = await client.signIn();
  const before = await client.refresh(refreshToken);
  await auth.stop();
  auth = await start();
  expect((await new TestClient(auth, client.clientId).refresh(refreshToken)).text).toBe(before.text);
});

it("refuses to start, and changes nothing, when the vault can not open its keys", async () => {
  await auth.stop();
  rmSync(join(folder, "vault.db"));
  await expect(start()).rejects.toMatchObject({ code: "undecryptable" });
  auth = await startAuth();
});

it("gives the same answers from read models that were dropped and filled again", async () => {
  const client = await TestClient.register(auth);
  const kept = await client.signIn();
  const ended = await client.signIn();
  await client.revoke(ended.refreshToken);
  const second = tokensOf(await client.refresh(kept.refreshToken));
  const tables = ["rm_grants", "rm_denied", "rm_clients", "rm_signing_keys"] as const;
  const read = () => Promise.all(tables.map((table) => auth.store.sql.selectFrom(table).selectAll().execute()));
  const before = await read();
  expect(before.map((rows) => rows.length)).toEqual([2, 1, 1, 1]);
  await auth.store.rebuild();
  expect(await read()).toEqual(before);
  expect((await client.refresh(second.refreshToken)).status).toBe(200);
});

it("sweeps what has expired, and nothing else", async () => {
  const client = await TestClient.register(auth);
  const { refreshToken } = await client.signIn();
  await client.refresh(refreshToken);
  await TestClient.register(auth);
  await auth.app.inject({ url: client.authorizeUrl({ verifier: "", challenge: "c".repeat(43) }).slice(issuer.length) });
  const tables = ["tt_authorizations", "tt_registrations", "cx_refresh_links"] as const;
  const counts = () => Promise.all(tables.map(async (table) => (await auth.store.sql.selectFrom(table).selectAll().execute()).length));
  await sweepExpired(auth.store, clock.now());
  expect(await counts()).toEqual([1, 1, 1]);
  await sweepExpired(auth.store, clock.now() + auth.config.refreshReplayWindowMs);
  expect(await counts()).toEqual([1, 1, 0]);
  await sweepExpired(auth.store, clock.now() + auth.config.limits.pendingTtlMs);
  expect(await counts()).toEqual([0, 1, 0]);
  await sweepExpired(auth.store, clock.now() + auth.config.limits.registrationTtlMs);
  expect(await counts()).toEqual([0, 0, 0]);
});
