import { createInProcessBus, createMessenger, type Bus } from "@mcp-auth-proxy/bus";
import { AppError } from "@mcp-auth-proxy/contracts";
import { createLog, noTracer } from "@mcp-auth-proxy/telemetry";
import { createFakeClock } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { SigningKeys } from "../src/signing-keys.ts";
import { FakeAuth } from "../src/testing/index.ts";

const clock = createFakeClock();
const log = createLog({ level: "error", format: "json", destination: { write: () => undefined } });
let bus: Bus;
let auth: FakeAuth;
let keys: SigningKeys;
let forgotten = 0;

beforeEach(async () => {
  bus = createInProcessBus({ clock });
  auth = await FakeAuth.start(bus, clock, "http://localhost:8080");
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

it("who starts before auth asks with the first token, and asks again at the earliest after ten seconds", async () => {
  const lazy = new SigningKeys(createMessenger({ bus, service: "vault", log, tracer: noTracer }), clock);
  lazy.listen();
  auth.failure = new AppError("unavailable", "not now");
  await expect(lazy.find("key-1")).rejects.toMatchObject({ code: "unavailable" });
  auth.failure = undefined;
  await expect(lazy.find("key-1")).rejects.toMatchObject({ code: "unavailable" });
  clock.advance(10_000);
  expect(await lazy.find("key-1")).toBeDefined();
  expect(await lazy.find("made-up")).toBeUndefined();
  await lazy.stop();
});

it("several tokens at once that need the same unknown key share one question, and all get the key", async () => {
  const lazy = new SigningKeys(createMessenger({ bus, service: "vault", log, tracer: noTracer }), clock);
  const before = auth.asked.jwks;
  const found = await Promise.all(Array.from({ length: 10 }, () => lazy.find("key-1")));
  expect(found.every((key) => key !== undefined)).toBe(true);
  expect(auth.asked.jwks).toBe(before + 1);
});
