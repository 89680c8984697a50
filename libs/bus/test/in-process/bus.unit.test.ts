import { expect, test } from "vitest";
import { createInProcessBus } from "../../src/index.ts";
import { busContract } from "../../src/testing/index.ts";
import { bytes, eventually, text } from "../../src/testing/text.ts";

busContract("the in-process bus", async () => createInProcessBus());

test("a message id is forgotten after two minutes and not before", async () => {
  let now = 1_000_000;
  const bus = createInProcessBus({ clock: { now: () => now } });
  const got: string[] = [];
  await bus.consume({ durable: "d", filter: "a" }, async (message) => void got.push(text(message.payload)));
  await bus.emit("a", "id", bytes("first"));
  now += 119_999;
  await bus.emit("a", "id", bytes("repeated"));
  now += 1;
  await bus.emit("a", "id", bytes("much later"));
  await eventually(() => got).toEqual(["first", "much later"]);
  await bus.close();
});

test("the durable log keeps the newest messages within its count and its bytes", async () => {
  const bus = createInProcessBus({ durableLimits: { maxMessages: 3, maxBytes: 10 } });
  for (const each of ["1", "2", "3", "4"]) await bus.emit("a", each, bytes(each));
  const byCount: string[] = [];
  await bus.consume({ durable: "count", filter: "a" }, async (message) => void byCount.push(text(message.payload)));
  await eventually(() => byCount).toEqual(["2", "3", "4"]);
  await bus.emit("a", "5", bytes("nine byte"));
  const byBytes: string[] = [];
  await bus.consume({ durable: "bytes", filter: "a" }, async (message) => void byBytes.push(text(message.payload)));
  await eventually(() => byBytes).toEqual(["4", "nine byte"]);
  await bus.close();
});

test("a listener that does not keep up loses messages instead of filling the memory", async () => {
  const lost: string[] = [];
  const release = Promise.withResolvers<void>();
  const bus = createInProcessBus({ onHandlerError: (_subject, cause) => void lost.push(String(cause)) });
  bus.subscribe("a", () => release.promise);
  for (let index = 0; index < 8_193; index += 1) await bus.publish("a", bytes(""));
  expect(lost).toEqual([expect.stringContaining("slow listener")]);
  release.resolve();
  await bus.close();
});

test("while a thousand messages wait to come again, no new one is taken", async () => {
  const bus = createInProcessBus();
  const taken = new Set<string>();
  let deliveries = 0;
  await bus.consume({ durable: "d", filter: "a", maxDeliver: 1_000_000 }, async (message) => {
    taken.add(message.messageId);
    deliveries += 1;
    throw new Error("not now");
  });
  for (let index = 0; index < 1_100; index += 1) await bus.emit("a", String(index), bytes(""));
  await eventually(() => deliveries).toBeGreaterThan(2_500);
  expect(taken.size).toBe(1_000);
  await bus.close();
});

test("what a handler throws is told on its own side, with the object it threw", async () => {
  const told: unknown[] = [];
  const bus = createInProcessBus({ onHandlerError: (_subject, cause) => void told.push(cause) });
  const thrown = new Error("mine");
  bus.respond("a", "q", () => Promise.reject(thrown));
  await expect(bus.request("a", bytes(""))).rejects.not.toBe(thrown);
  expect(told).toEqual([thrown]);
  await bus.close();
});

test("an onGivenUp that throws is told and stops nothing", async () => {
  const told: unknown[] = [];
  const got: string[] = [];
  const bus = createInProcessBus({ onHandlerError: (_subject, cause) => void told.push(cause) });
  const options = { durable: "d", filter: "a", maxDeliver: 1, onGivenUp: () => { throw new Error("broken"); } };
  await bus.consume(options, async (message) => {
    got.push(text(message.payload));
    throw new Error("never");
  });
  await bus.emit("a", "1", bytes("1"));
  await bus.emit("a", "2", bytes("2"));
  await eventually(() => got).toEqual(["1", "2"]);
  await eventually(() => told.length).toBe(2);
  await bus.close();
});
