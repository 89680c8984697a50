import { createInProcessBus, createMessenger, type Bus } from "@mcp-auth-proxy/bus";
import { createLog, noTracer } from "@mcp-auth-proxy/telemetry";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { SigningKeys } from "../../src/auth/signing-keys.ts";
import { FakeAuth } from "../fixtures/fake-auth.ts";

const clock = { now: () => 1_700_000_000_000 };
let bus: Bus;
let auth: FakeAuth;
let keys: SigningKeys;
let forgotten = 0;

beforeEach(async () => {
  bus = createInProcessBus({ clock });
  auth = await FakeAuth.start(bus, clock, "http://localhost:8080");
  const log = createLog({ level: "error", format: "json", destination: { write: () => undefined } });
  forgotten = 0;
  keys = new SigningKeys(createMessenger({ bus, service: "bridge", log, tracer: noTracer }), clock, () => {
    forgotten += 1;
  });
  await keys.start();
});
afterEach(async () => {
  await keys.stop();
  await auth.stop();
  await bus.close();
});

it("knows a new key as soon as auth tells of it, without waiting for a token that needs it", async () => {
  await auth.rotate("key-2");
  await vi.waitFor(async () => expect(await keys.find("key-2")).toBeDefined());
  expect(await keys.find("key-1")).toBeDefined();
  expect(forgotten).toBe(0);
});

it("a withdrawn key is gone at once, and so is what was verified with it", async () => {
  await auth.rotate("key-2", { withdraw: true });
  await vi.waitFor(() => expect(forgotten).toBe(1));
  expect(await keys.find("key-1")).toBeUndefined();
});
