import { createInProcessBus, createMessenger } from "@mcp-auth-proxy/bus";
import { createLog, noTracer } from "@mcp-auth-proxy/telemetry";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Revocations } from "../../src/auth/revocations.ts";
import { FakeAuth } from "../fixtures/fake-auth.ts";

const clock = { now: () => 1_700_000_000_000 };
const log = createLog({ level: "error", format: "json", destination: { write: () => undefined } });
const bus = createInProcessBus({ clock });
let auth: FakeAuth;
let revocations: Revocations;

beforeEach(async () => {
  auth = await FakeAuth.start(bus, clock, "http://localhost:8080");
  auth.beating = false;
  const messenger = createMessenger({ bus, service: "bridge", log, tracer: noTracer });
  revocations = new Revocations({ messenger, clock, log, feedMs: 30_000, denied: () => undefined });
});
afterEach(async () => {
  await revocations.stop();
  await auth.stop();
});

const denies = (grant: string): boolean =>
  revocations.denies({ subject: "s", client: "c", grant, issuedAt: clock.now() - 1, expiresAt: clock.now() + 1_000, scopes: [] });
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
