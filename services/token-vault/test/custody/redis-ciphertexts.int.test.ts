import { randomUUID } from "node:crypto";
import { AppError } from "@mcp-auth-proxy/contracts";
import { Secret } from "@mcp-auth-proxy/crypto";
import { ConcurrencyError, openSqliteStore, type EventStore } from "@mcp-auth-proxy/event-store";
import { createLog } from "@mcp-auth-proxy/telemetry";
import { launchRedis, type LaunchedRedis } from "@mcp-auth-proxy/testing/servers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openRedisCiphertexts, tokenVaultStore, type Ciphertexts } from "../../src/index.ts";
import { ada, credentialsOf, idOf, lease, pass, replace, responseOf, shred, store } from "../credential-client.ts";
import { clock, oldKey, startVault, type RunningVault } from "../running-vault.ts";
import { openCiphertexts, RedisHand } from "./redis-fixture.ts";

let server: LaunchedRedis;
beforeAll(async () => {
  server = await launchRedis();
});
afterAll(() => server[Symbol.asyncDispose]());

let hand: RedisHand;
let events: EventStore;
let ciphertexts: Ciphertexts;
let vault: RunningVault;
beforeEach(async () => {
  const prefix = `${server.prefix}${randomUUID()}:`;
  hand = new RedisHand(server, prefix);
  events = await openSqliteStore({ definition: tokenVaultStore, file: ":memory:", clock });
  ciphertexts = await openCiphertexts(server, prefix, events);
  vault = await startVault({ file: "", keys: oldKey, store: events, ciphertexts });
});
afterEach(async () => {
  await vault.stop();
  await ciphertexts.close();
  await hand.clear();
});

const entry = (generation: number, storedAt = clock.now()) => ({ credentialId: idOf(ada), generation, keyId: randomUUID(), storedAt, access: `v1.${randomUUID()}.gAAAAA` });
const fields = async (): Promise<readonly string[]> => (await hand.redis.hkeys(hand.keyOf(idOf(ada)))).toSorted((one, other) => (one < other ? -1 : 1));
const lifetime = (): Promise<number> => hand.redis.pttl(hand.keyOf(idOf(ada)));
const forever = -1;

describe("how long Redis keeps tokens", () => {
  it("is as long as they live where they can not be refreshed, and for good where they can, or do not expire", async () => {
    await store(vault, ada, responseOf("1", { refresh_token: undefined, expires_in: 600 }));
    expect(await lifetime()).toBeGreaterThan(500_000);
    expect(await lifetime()).toBeLessThanOrEqual(600_000);
    await store(vault, ada, responseOf("2", { expires_in: 600 }));
    expect(await lifetime()).toBe(forever);
    await store(vault, ada, responseOf("3", { refresh_token: undefined, expires_in: undefined }));
    expect(await lifetime()).toBe(forever);
  });

  it("does not end a new generation with the old one, while the new one is under way", async () => {
    await store(vault, ada, responseOf("1", { refresh_token: undefined, expires_in: 600 }));
    const write = await ciphertexts.begin(entry(2));
    expect(await lifetime()).toBe(forever);
    await write.abandoned();
    expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-1" });
  });
});

describe("a write to Redis whose event was never appended", () => {
  it("counts for nothing, and is taken out when the transaction fails", async () => {
    await store(vault, ada, responseOf("1"));
    const before = await fields();
    await expect(replace(vault, ada, 7, responseOf("late"))).rejects.toMatchObject({ code: "conflict" });
    expect(await fields()).toEqual(before);
  });

  it("is in nobody's way, and is swept, when the process ended in between", async () => {
    await store(vault, ada, responseOf("1"));
    await ciphertexts.begin(entry(2));
    expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-1" });
    expect((await replace(vault, ada, 1, responseOf("2"))).facts.generation).toBe(2);
    expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-2" });
    expect(await fields()).toHaveLength(2);

    await ciphertexts.begin(entry(3));
    await ciphertexts.sweep(clock.now() + 599_999);
    expect(await fields()).toHaveLength(3);
    await ciphertexts.sweep(clock.now() + 600_001);
    expect(await fields()).toHaveLength(2);
    expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-2" });
  });

  it("of a credential that is not there at all is swept whole", async () => {
    await ciphertexts.begin(entry(1));
    await ciphertexts.sweep(clock.now() + 600_001);
    expect(await fields()).toEqual([]);
  });
});

describe("the end of a process between the event and its last word to Redis", () => {
  it("loses nothing, and the expiry is set by the next sweep", async () => {
    await store(vault, ada, responseOf("1", { refresh_token: undefined, expires_in: 600 }));
    await hand.redis.persist(hand.keyOf(idOf(ada)));
    await hand.redis.hdel(hand.keyOf(idOf(ada)), "current");
    expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-1" });
    await ciphertexts.sweep(clock.now());
    expect(await lifetime()).toBeGreaterThan(500_000);
    expect(await ciphertexts.lastGeneration(idOf(ada))).toBe(1);
  });
});

describe("a commit whose answer was lost", () => {
  it("leaves the tokens where they are, because they may count; and they do", async () => {
    let loses = false;
    const forgetful: EventStore = Object.create(events, {
      transact: {
        value: async (work: Parameters<EventStore["transact"]>[0]) => {
          let wrote = false;
          const outcome = await events.transact((transaction) =>
            work({ ...transaction, append: (...appended) => ((wrote = true), transaction.append(...appended)) }),
          );
          if (loses && wrote) throw new AppError("unavailable", "the connection went with the answer");
          return outcome;
        },
      },
    });
    const running = await startVault({ file: "", keys: oldKey, store: forgetful, ciphertexts });
    try {
      await store(running, ada, responseOf("1"));
      loses = true;
      const commandId = randomUUID();
      await expect(replace(running, ada, 1, responseOf("2"), commandId)).rejects.toMatchObject({ code: "unavailable" });
      loses = false;
      expect((await replace(running, ada, 1, responseOf("2"), commandId)).facts.generation).toBe(2);
      expect((await lease(running, ada)).lease).toMatchObject({ accessToken: "access-2" });
      await ciphertexts.sweep(clock.now() + 600_001);
      expect((await lease(running, ada)).lease).toMatchObject({ accessToken: "access-2" });
    } finally {
      await running.stop();
    }
  });
});

it("tokens that can not be kept because others are always faster are not said to be out of date", async () => {
  const overtaken: Ciphertexts = { ...ciphertexts, begin: () => Promise.reject(new ConcurrencyError("somebody was faster")) };
  await store(vault, ada, responseOf("1"));
  const other = await startVault({ file: "", keys: oldKey, store: events, ciphertexts: overtaken });
  await expect(replace(other, ada, 1, responseOf("2"))).rejects.toMatchObject({ code: "unavailable" });
  await other.vault.stop(1_000);
  expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-1" });
});

describe("generations", () => {
  it("never go back: an earlier one is refused where a later one was committed", async () => {
    const write = await ciphertexts.begin(entry(5));
    await write.committed();
    await expect(ciphertexts.begin(entry(5))).rejects.toMatchObject({ code: "conflict" });
    await expect(ciphertexts.begin(entry(4))).rejects.toMatchObject({ code: "conflict" });
    const [late, later] = [await ciphertexts.begin(entry(6)), await ciphertexts.begin(entry(7))];
    await later.committed();
    await late.committed();
    expect([await ciphertexts.lastGeneration(idOf(ada)), (await ciphertexts.read(idOf(ada), 7)).length, (await ciphertexts.read(idOf(ada), 6)).length]).toEqual([7, 1, 0]);
  });

  it("go on above what Redis has where the database was put back to an earlier day", async () => {
    const write = await ciphertexts.begin(entry(8));
    await write.committed();
    expect((await store(vault, ada, responseOf("1"))).facts.generation).toBe(9);
    expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-1" });
  });
});

describe("a Redis that is not there", () => {
  it("refuses for now, changes nothing, and is used again when it is back; what it lost is connected again", async () => {
    const own = await launchRedis();
    const prefix = `${randomUUID()}:`;
    const store0 = await openSqliteStore({ definition: tokenVaultStore, file: ":memory:", clock });
    const lines: string[] = [];
    const log = createLog({ level: "debug", format: "json", destination: { write: (line) => lines.push(line) } });
    const inOwn = await openRedisCiphertexts({ url: Secret.of(own.url), prefix, store: store0, log });
    const running = await startVault({ file: "", keys: oldKey, store: store0, ciphertexts: inOwn });
    try {
      await store(running, ada, responseOf("1"));
      await own.kill();
      await expect(lease(running, ada)).rejects.toMatchObject({ code: "unavailable" });
      await expect(replace(running, ada, 1, responseOf("2"))).rejects.toMatchObject({ code: "unavailable" });
      await expect(store(running, ada, responseOf("2"))).rejects.toMatchObject({ code: "unavailable" });
      expect(await shred(running, { ...ada, subjectId: "bob" })).toEqual({ shredded: true });
      expect((await credentialsOf(running, "ada")).map(({ status }) => status)).toEqual(["connected"]);
      await own.restart();
      await expect.poll(() => lease(running, ada).catch((error: unknown) => error), { timeout: 10_000 }).toMatchObject({ code: "reconnect_required" });
      expect((await store(running, ada, responseOf("3"))).facts.generation).toBe(2);
      expect((await lease(running, ada)).lease).toMatchObject({ accessToken: "access-3" });
      expect(lines.join("") + running.logLines.join("")).not.toMatch(new RegExp(`gAAAA|${new URL(own.url).password}`));
    } finally {
      await running.stop();
      await inOwn.close();
      await own[Symbol.asyncDispose]();
    }
  });

  it("refuses the start, without its password in the error", async () => {
    const url = "redis://default:a-password@127.0.0.1:1/0";
    const opened = openRedisCiphertexts({ url: Secret.of(url), prefix: "x:", store: events, log: createLog({ level: "error", format: "json", destination: { write: () => undefined } }) });
    await expect(opened).rejects.toMatchObject({ code: "unavailable" });
    await expect(opened).rejects.not.toThrow(/a-password/);
  });

  it.each(["allkeys-lru", "volatile-ttl"])("refuses the start where a full Redis throws tokens away (%s), and says what to set", async (policy) => {
    await using careless = await launchRedis({ settings: ["--maxmemory-policy", policy] });
    const opened = openCiphertexts(careless, "x:", events);
    await expect(opened).rejects.toMatchObject({ code: "refused", detail: expect.stringContaining(`maxmemory-policy ${policy}`) });
    await expect(opened).rejects.toMatchObject({ detail: expect.stringContaining("set it to noeviction") });
  });
});

it("entries that are damaged are as good as lost, and are replaced", async () => {
  await store(vault, ada, responseOf("1"));
  const [field = ""] = await fields();
  for (const damaged of ["", "{", "null", '{"access":7}']) {
    await hand.redis.hset(hand.keyOf(idOf(ada)), field, damaged);
    await expect(lease(vault, ada)).rejects.toMatchObject({ code: "reconnect_required" });
  }
  await store(vault, ada, responseOf("2"));
  expect((await lease(vault, ada)).lease).toMatchObject({ accessToken: "access-2" });
  await pass(vault, 1);
});
