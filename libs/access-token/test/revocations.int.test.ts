import { createInProcessBus, createMessenger } from "@mcp-auth-proxy/bus";
import { AppError } from "@mcp-auth-proxy/contracts";
import { createLog, noTracer } from "@mcp-auth-proxy/telemetry";
import { createFakeClock } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Revocations } from "../src/revocations.ts";
import { FakeAuth } from "../src/testing/index.ts";

const clock = createFakeClock();
const log = createLog({ level: "error", format: "json", destination: { write: () => undefined } });
const bus = createInProcessBus({ clock });
let auth: FakeAuth;
let revocations: Revocations;

beforeEach(async () => {
  auth = await FakeAuth.start(bus, clock, "http://localhost:8080");
  const messenger = createMessenger({ bus, service: "bridge", log, tracer: noTracer });
  revocations = new Revocations({ messenger, clock, log, feedMs: 30_000 });
});
afterEach(async () => {
  await revocations.stop();
  await auth.stop();
});

const denies = (grant: string): boolean =>
  revocations.denies({ subject: "s", client: "c", grant, issuedAt: clock.now() - 1 });
const deny = (id: string): void => void auth.denied.push({ kind: "grant", id, issuedBefore: clock.now(), until: clock.now() + 3_600_000 });

it("loads a denylist of ten thousand grants, more than one answer can hold", async () => {
  for (let count = 0; count < 10_000; count += 1) deny(`grant-${String(count).padStart(5, "0")}`);
  await revocations.start();
  expect(auth.asked.denylist).toBe(5);
  for (const id of ["grant-00000", "grant-01999", "grant-02000", "grant-09999"]) expect(denies(id), id).toBe(true);
  expect(denies("grant-10000")).toBe(false);
  expect(revocations.fresh).toBe(true);
});

it("reads from the feed what was denied, behind the pages already read, while the others were", async () => {
  for (let count = 0; count < 4_001; count += 1) deny(`m-${String(count).padStart(5, "0")}`);
  auth.afterDenylistPage = async () => {
    if (auth.asked.denylist === 1) await auth.revoke("a-late-one", { lost: true });
  };
  await revocations.start();
  expect(denies("a-late-one")).toBe(false);
  await auth.heartbeat();
  await expect.poll(() => denies("a-late-one")).toBe(true);
});

it("who starts before auth listens first, and has the list with the first heartbeat", async () => {
  deny("of-before");
  revocations.listen();
  expect([revocations.fresh, denies("of-before")]).toEqual([false, false]);
  await auth.heartbeat();
  await expect.poll(() => revocations.fresh).toBe(true);
  expect(denies("of-before")).toBe(true);
});

it("who can not wait for a heartbeat loads the list once, and stays without when auth does not answer", async () => {
  deny("of-before");
  revocations.listen();
  auth.failure = new AppError("unavailable", "not now");
  await expect(revocations.loadOnce()).rejects.toMatchObject({ code: "unavailable" });
  expect(revocations.fresh).toBe(false);
  auth.failure = undefined;
  await Promise.all([revocations.loadOnce(), revocations.loadOnce()]);
  await revocations.loadOnce();
  expect([revocations.fresh, denies("of-before"), auth.asked.denylist]).toEqual([true, true, 2]);
});

it("a revocation that is told counts at once, and one that got lost with the next heartbeat", async () => {
  await revocations.start();
  await auth.revoke("told");
  await expect.poll(() => denies("told")).toBe(true);
  await auth.revoke("lost", { lost: true });
  await auth.heartbeat();
  await expect.poll(() => denies("lost")).toBe(true);
});

it("a feed with a revocation of a shape that is not known here grows old: half-read, it would deny nobody", async () => {
  await revocations.start();
  clock.advance(30_001);
  expect(revocations.fresh).toBe(false);
  await auth.revoke("unknown-shape", { lost: true, schema: 2 });
  await auth.heartbeat();
  await expect.poll(() => auth.asked.readFeed).toBe(1);
  expect(revocations.fresh).toBe(false);
});

it("asks for no further page of a feed that leads nowhere: it grows old, and is complete again when it does lead on", async () => {
  await revocations.start();
  await auth.revoke("a-late-one", { lost: true });
  auth.pagesLeadingNowhere = 3;
  for (const asked of [1, 2, 3]) {
    // Rejected or not, a heartbeat is over when its pages were read.
    await auth.heartbeat();
    await expect.poll(() => auth.asked.readFeed).toBe(asked);
    expect(denies("a-late-one")).toBe(false);
  }
  await auth.heartbeat();
  await expect.poll(() => denies("a-late-one")).toBe(true);
});
