import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { authV1 } from "@mcp-auth-proxy/contracts";
import { uuidv7 } from "@mcp-auth-proxy/crypto";
import { archiveEnded } from "@mcp-auth-proxy/event-store";
import { CompiledQuery } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defaultAuthLimits } from "../src/config.ts";
import { sweepExpired } from "../src/pending/sweep.ts";
import { sweepEnded } from "../src/read-models/ended.ts";
import { authStore } from "../src/store.ts";
import { redirectUri, TestClient, tokensOf } from "./client.ts";
import { issuer, startAuth, type RunningAuth } from "./running-auth.ts";

const dayMs = 86_400_000;
const limits = { ...defaultAuthLimits, pendingInAll: 150, registrationsInAll: 100 };
let folder: string;
let auth: RunningAuth;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "auth-retention-"));
  auth = await startAuth({ config: { limits }, files: { auth: join(folder, "auth.db"), vault: join(folder, "vault.db") } });
});
afterEach(async () => {
  await auth.stop();
  rmSync(folder, { recursive: true });
});

const archive = () => archiveEnded({ store: auth.store, deciders: authStore.deciders, now: auth.clock.now(), quietForMs: limits.archiveAfterMs });
const count = async (table: string): Promise<number> => (await auth.store.sql.selectFrom(table).select((eb) => eb.fn.countAll<number>().as("rows")).executeTakeFirstOrThrow()).rows;
const revoke = (id: string) => auth.bridge.ask(authV1.revoke, { commandId: uuidv7(), actor: "operator", target: { kind: "grant", id } });
const grantOf = (accessToken: string): string => JSON.parse(Buffer.from(accessToken.split(".")[1] ?? "", "base64url").toString()).grant;

describe("the archive", () => {
  it("takes what has ended and is old, and changes no answer: grants, codes, feed, denylist, audit, read models", async () => {
    const client = await TestClient.register(auth);
    const approved = await client.approve();
    const ended = tokensOf(await client.exchange(approved));
    await revoke(grantOf(ended.accessToken));
    let living = await client.signIn();
    await client.approve();
    const events = await auth.events();
    for (let time = 0; time < 5; time += 1) {
      auth.clock.advance(limits.archiveAfterMs / 5);
      living = tokensOf(await client.refresh(living.refreshToken));
    }
    expect(await archive()).toBeGreaterThan(10);
    const archived: readonly { readonly stream_id: string }[] = await auth.store.sql.selectFrom("es_archive").select("stream_id").distinct().execute();
    const kinds = archived.map(({ stream_id: id }) => id.split("-")[0]);
    expect(kinds.filter((kind) => kind === "authorization")).toHaveLength(3);
    expect(kinds.filter((kind) => kind !== "authorization")).toEqual(["grant"]);
    expect((await auth.events()).slice(0, events.length)).toEqual(events);
    expect(await auth.bridge.ask(authV1.verifyAudit, {})).toMatchObject({ problems: [] });
    const grants = () => auth.store.sql.selectFrom("rm_grants").selectAll().orderBy("grant_id").execute();
    const before = await grants();
    await auth.store.rebuild();
    expect(await grants()).toEqual(before);
    expect((await client.refresh(ended.refreshToken)).body["error"]).toBe("invalid_grant");
    expect((await client.refresh(living.refreshToken)).status).toBe(200);
  });

  it("keeps a code known: used again, it is still a replay, and on record", async () => {
    const client = await TestClient.register(auth);
    const approved = await client.approve();
    await client.exchange(approved);
    auth.clock.advance(limits.archiveAfterMs);
    await archive();
    expect((await client.exchange(approved)).body["error"]).toBe("invalid_grant");
    expect(await auth.events()).toEqual(expect.arrayContaining([expect.stringContaining("AuthorizationCodeReplayed")]));
  });
});

describe("read models", () => {
  const rows = (table: string): Promise<readonly object[]> => auth.store.sql.selectFrom(table).selectAll().orderBy("grant_id").execute();
  const kept = async () => [await rows("rm_grants"), await rows("rm_grant_use"), await rows("rm_denied")];
  const denied = async () => (await auth.bridge.ask(authV1.denylist, {})).entries.map(({ id }) => id);
  const sweep = () => sweepEnded(auth.store, auth.clock.now());

  it("let go of what can not count any more, and of nothing else; built anew and swept they are the same, and so is every answer", async () => {
    const client = await TestClient.register(auth);
    let living = await client.signIn();
    const [revoked, idle] = [await client.signIn(), await client.signIn()];
    await revoke(grantOf(revoked.accessToken));
    await sweep();
    expect(await denied()).toEqual([grantOf(revoked.accessToken)]);
    expect((await kept()).map((table) => table.length)).toEqual([3, 3, 1]);
    auth.clock.advance(auth.config.accessTokenTtlMs);
    await sweep();
    expect((await kept()).map((table) => table.length)).toEqual([2, 2, 0]);
    for (let time = 0; time < 2; time += 1) {
      auth.clock.advance(auth.config.refreshTokenTtlMs / 2);
      living = tokensOf(await client.refresh(living.refreshToken));
    }
    await sweep();
    expect(await rows("rm_grants")).toMatchObject([{ grant_id: grantOf(living.accessToken) }]);
    const before = await kept();
    await auth.store.rebuild();
    for (const { refreshToken } of [revoked, idle]) expect((await client.refresh(refreshToken)).body["error"]).toBe("invalid_grant");
    await sweep();
    expect(await kept()).toEqual(before);
    for (const { refreshToken } of [revoked, idle]) expect((await client.refresh(refreshToken)).body["error"]).toBe("invalid_grant");
    expect((await client.refresh(living.refreshToken)).status).toBe(200);
  });

  it("are swept in steps, so that nothing waits for long", async () => {
    const client = await TestClient.register(auth);
    for (let time = 0; time < 3; time += 1) await revoke(grantOf((await client.signIn()).accessToken));
    auth.clock.advance(auth.config.accessTokenTtlMs);
    await sweepEnded(auth.store, auth.clock.now(), 2);
    expect((await kept()).map((table) => table.length)).toEqual([1, 1, 1]);
  });
});

describe("what strangers can make us keep", () => {
  /** Each from an address of its own, as from a network of many machines. */
  const flood = async (round: number, requests: number): Promise<void> => {
    for (let number = 0; number < requests; number += 1) {
      if (number % 250 === 0) auth.clock.advance(60_000);
      const remoteAddress = `10.${round}.${Math.floor(number / 250)}.${number % 250}`;
      const payload = JSON.stringify({ client_name: `Stranger ${number}`, redirect_uris: [redirectUri] });
      const registered = await auth.app.inject({ method: "POST", url: "/register", remoteAddress, headers: { "content-type": "application/json" }, payload });
      const id = registered.statusCode === 201 ? registered.json().client_id : strangers.clientId;
      const url = new TestClient(auth, id).authorizeUrl({ verifier: "", challenge: "c".repeat(43) }, { state: "s".repeat(500) });
      await auth.app.inject({ url: url.slice(issuer.length), remoteAddress });
    }
  };
  let strangers: TestClient;
  const pages = async (): Promise<number> => {
    const { rows } = await auth.store.transact(({ sql }) => sql.executeQuery(CompiledQuery.raw("pragma page_count")));
    return Number(Object.values(rows[0] ?? {})[0]);
  };

  it("is bounded, on disk too, is never on the log or the audit trail, and is nothing to who is signed in", async () => {
    const client = await TestClient.register(auth);
    strangers = client;
    let { refreshToken } = await client.signIn();
    const before = [await count("es_events"), await count("au_audit"), await count("es_commands")];
    const sizes: number[] = [];
    for (let round = 1; round <= 4; round += 1) {
      await flood(round, 600);
      expect(await count("tt_authorizations")).toBeLessThanOrEqual(limits.pendingInAll);
      expect(await count("tt_registrations")).toBeLessThanOrEqual(limits.registrationsInAll);
      expect(await count("tt_lockouts")).toBe(0);
      sizes.push(await pages());
      auth.clock.advance(dayMs);
      await sweepExpired(auth.store, auth.clock.now());
      expect([await count("tt_authorizations"), await count("tt_registrations")]).toEqual([0, 0]);
    }
    expect([await count("es_events"), await count("au_audit"), await count("es_commands")]).toEqual(before);
    expect(new Set(sizes.slice(1)).size, `pages: ${sizes.join()}`).toBe(1);
    refreshToken = tokensOf(await client.refresh(refreshToken)).refreshToken;
    expect((await client.refresh(refreshToken)).status).toBe(200);
  });

  it("expires in every table that is for rows which expire", async () => {
    const tables = (await auth.store.sql.introspection.getTables()).filter(({ columns }) => columns.some((column) => column.name === "expires_at"));
    expect(tables.length).toBeGreaterThan(4);
    await auth.store.transact(async ({ sql }) => {
      for (const { name, columns } of tables) {
        const row = columns.filter((column) => !column.isNullable).map((column) => [column.name, /int/i.test(column.dataType) ? 1 : "{}"]);
        await sql.insertInto(name).values(Object.fromEntries(row)).execute();
      }
    });
    await sweepExpired(auth.store, auth.clock.now());
    for (const { name } of tables) expect(await count(name), name).toBe(0);
    const unexpiring = (await auth.store.sql.introspection.getTables()).filter(({ name, columns }) => name.startsWith("tt_") && !columns.some((column) => column.name === "expires_at"));
    expect(unexpiring).toEqual([]);
  });
});
