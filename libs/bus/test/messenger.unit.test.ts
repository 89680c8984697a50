import { AppError, command, publicEvent } from "@mcp-auth-proxy/contracts";
import { createLog, noTracer, type Tracer } from "@mcp-auth-proxy/telemetry";
import { Type } from "typebox";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createInProcessBus, createMessenger, type Bus, type Messenger } from "../src/index.ts";
import { bytes, eventually, text } from "../src/testing/text.ts";

const greet = command("auth", "greet", {
  request: Type.Object({ commandId: Type.String({ format: "uuid" }), name: Type.String({ minLength: 1 }) }),
  response: Type.Object({ greeting: Type.String({ maxLength: 2_000_000 }) }),
});
const happened = publicEvent("auth", "happened", Type.Object({ what: Type.String({ minLength: 1 }) }));
const commandId = "0198a000-0000-7000-8000-000000000000";
const envelope = {
  id: "0198a000-0000-7000-8000-000000000001",
  type: "happened",
  schema: 1,
  streamId: "thing-1",
  streamVersion: 1,
  at: 1_000,
  data: { what: "it" },
  meta: { correlationId: "c", actor: "a" },
} as const;

let bus: Bus;
let lines: string[];
let auth: Messenger;
let bridge: Messenger;

const messengerOf = (service: "auth" | "bridge", tracer: Tracer = noTracer): Messenger =>
  createMessenger({ bus, service, tracer, log: createLog({ level: "debug", format: "json", destination: { write: (line) => lines.push(line) } }) });

beforeEach(() => {
  bus = createInProcessBus();
  lines = [];
  auth = messengerOf("auth");
  bridge = messengerOf("bridge");
});
afterEach(() => bus.close());

describe("a question", () => {
  test("is answered, and fields that a contract does not know survive both ways", async () => {
    const seen: unknown[] = [];
    auth.serve(greet, async (body) => {
      seen.push(body);
      return { greeting: `hello ${body.name}`, newer: 1 };
    });
    expect(await bridge.ask(greet, { commandId, name: "x", newer: 2 } as { commandId: string; name: string })).toEqual({ greeting: "hello x", newer: 1 });
    expect(seen).toEqual([{ commandId, name: "x", newer: 2 }]);
  });

  test.each([
    { why: "a uuid that is none", body: { commandId: "nope", name: "x" } },
    { why: "an empty name", body: { commandId, name: "" } },
  ])("that does not fit its schema is refused before it is sent: $why", async ({ body }) => {
    // Nobody serves it: had it been sent, it would have failed with no_responders.
    await expect(bridge.ask(greet, body)).rejects.toMatchObject({ code: "bad_request" });
  });

  test.each([
    { why: "not JSON", payload: bytes("{") },
    { why: "not UTF-8", payload: Buffer.from(`{"commandId":"${commandId}","name":"\xff"}`, "latin1") },
    { why: "the wrong shape", payload: bytes('{"commandId":1,"name":"S3cr3t"}') },
  ])("that does not fit its schema is refused by the responder, whatever sent it: $why", async ({ payload }) => {
    auth.serve(greet, async () => ({ greeting: "never" }));
    const reply = await bus.request(greet.subject, payload);
    expect(JSON.parse(text(reply.payload))).toEqual({ code: "bad_request", message: "The request was not understood.", retryable: false });
    expect(lines.join("")).not.toContain("S3cr3t");
  });

  test("whose answer does not fit its schema fails with internal on the responder's side", async () => {
    auth.serve(greet, async () => ({ greeting: 7 }) as unknown as { greeting: string });
    await expect(bridge.ask(greet, { commandId, name: "x" })).rejects.toMatchObject({ code: "internal" });
    expect(lines.join("")).toContain("/greeting type");
  });

  test("whose answer does not fit its schema fails with internal on the asker's side", async () => {
    bus.respond(greet.subject, "auth", async () => ({ payload: bytes('{"greeting":7}'), headers: { outcome: "ok" } }));
    await expect(bridge.ask(greet, { commandId, name: "x" })).rejects.toMatchObject({ code: "internal" });
  });

  test.each([
    { why: "an answer that does not say what it is", payload: '{"greeting":"x"}', headers: {} },
    { why: "a failure that is none", payload: '{"greeting":"x"}', headers: { outcome: "failed" } },
    { why: "an error code of the future", payload: '{"code":"melted","message":"m","retryable":true}', headers: { outcome: "failed" } },
    { why: "a code that every object has", payload: '{"code":"toString","message":"m","retryable":true}', headers: { outcome: "failed" } },
  ])("fails with internal on $why", async ({ payload, headers }) => {
    bus.respond(greet.subject, "auth", async () => ({ payload: bytes(payload), headers }));
    await expect(bridge.ask(greet, { commandId, name: "x" })).rejects.toMatchObject({ code: "internal" });
  });

  test("whose answer is too large for a message fails with internal", async () => {
    auth.serve(greet, async () => ({ greeting: "x".repeat(1_048_576) }));
    await expect(bridge.ask(greet, { commandId, name: "x" })).rejects.toMatchObject({ code: "internal" });
    expect(lines.join("")).toContain("does not fit a message");
  });

  test("brings back the code of a foreseen error, and neither its detail nor its cause", async () => {
    auth.serve(greet, () => Promise.reject(new AppError("conflict", "S3cr3t detail", new Error("S3cr3t cause"))));
    const failure: unknown = await bridge.ask(greet, { commandId, name: "x" }).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ code: "conflict", retryable: true });
    expect(failure).toHaveProperty("detail", expect.not.stringContaining("S3cr3t"));
    expect(lines.join("")).toContain("S3cr3t detail");
  });

  test("hides an unforeseen error behind internal, and both sides name the same line of the log", async () => {
    auth.serve(greet, () => Promise.reject(new TypeError("S3cr3t insides")));
    const failure: unknown = await bridge.ask(greet, { commandId, name: "x" }).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ code: "internal" });
    expect(String(failure)).not.toContain("S3cr3t");
    const reference = /reference (\w{12})/.exec(String(failure))?.[1];
    expect(lines.find((line) => line.includes("S3cr3t insides"))).toContain(`"reference":"${reference}"`);
  });

  test("to nobody fails with no_responders", async () => {
    await expect(bridge.ask(greet, { commandId, name: "x" })).rejects.toMatchObject({ code: "no_responders" });
  });

  test("waits as long as its contract says, or as the asker says", async () => {
    const waited: (number | undefined)[] = [];
    const spying: Bus = { ...bus, request: (subject, payload, options) => (waited.push(options?.timeoutMs), bus.request(subject, payload, options)) };
    const asker = createMessenger({ bus: spying, service: "bridge", tracer: noTracer, log: createLog({ level: "error", format: "json" }) });
    auth.serve(greet, async () => ({ greeting: "" }));
    await asker.ask(greet, { commandId, name: "x" });
    await asker.ask(greet, { commandId, name: "x" }, { timeoutMs: 77 });
    expect(waited).toEqual([5_000, 77]);
  });

  test("ends when its signal is aborted", async () => {
    auth.serve(greet, async () => ({ greeting: "" }));
    await expect(bridge.ask(greet, { commandId, name: "x" }, { signal: AbortSignal.abort(new Error("left")) })).rejects.toThrow("left");
  });

  test("is served by its owner alone", () => {
    expect(() => bridge.serve(greet, async () => ({ greeting: "" }))).toThrow(/refused/);
  });

  test("with a format that the validator does not know is not served", () => {
    const odd = command("auth", "odd", { request: Type.Object({ a: Type.String({ format: "no-such-format" }) }), response: Type.Object({}) });
    expect(() => auth.serve(odd, async () => ({}))).toThrow(/unknown format/);
  });
});

describe("an event", () => {
  test("is heard at once and followed durably, once each", async () => {
    const heard: string[] = [];
    const followed: string[] = [];
    bridge.hear(happened, (event) => void heard.push(event.data.what));
    await bridge.follow(happened, { durable: "bridge" }, async (event) => void followed.push(event.data.what));
    await auth.announce(happened, envelope);
    await eventually(() => [heard, followed]).toEqual([["it"], ["it"]]);
  });

  test("announced again is followed once", async () => {
    const followed: string[] = [];
    await auth.announce(happened, envelope);
    await auth.announce(happened, envelope);
    await auth.announce(happened, { ...envelope, id: "0198a000-0000-7000-8000-000000000002", data: { what: "other" } });
    await bridge.follow(happened, { durable: "bridge" }, async (event) => void followed.push(event.data.what));
    await eventually(() => followed).toEqual(["it", "other"]);
  });

  test("that does not fit its schema is not announced", async () => {
    await expect(auth.announce(happened, { ...envelope, data: { what: "" } })).rejects.toMatchObject({ code: "bad_request" });
    await expect(auth.announce(happened, { ...envelope, id: "nope" })).rejects.toMatchObject({ code: "bad_request" });
  });

  test("of another service is not announced", async () => {
    await expect(bridge.announce(happened, envelope)).rejects.toMatchObject({ code: "refused" });
  });

  test("that does not fit its schema reaches no handler and is given up loudly", async () => {
    const followed: string[] = [];
    await bus.emit(happened.subject, "x", bytes(JSON.stringify({ ...envelope, schema: 2, data: { what: "of the future" } })));
    await bus.emit(happened.subject, "y", bytes(JSON.stringify(envelope)));
    await bridge.follow(happened, { durable: "bridge", maxDeliver: 1 }, async (event) => void followed.push(event.data.what));
    await eventually(() => followed).toEqual(["it"]);
    expect(lines.join("")).toContain("an event was given up");
  });

  test("whose handler fails comes again", async () => {
    let tries = 0;
    await bridge.follow(happened, { durable: "bridge" }, async () => {
      tries += 1;
      if (tries === 1) throw new Error("not yet");
    });
    await auth.announce(happened, envelope);
    await eventually(() => tries).toBe(2);
  });

  test("heard by a handler that fails is logged and lost", async () => {
    bridge.hear(happened, () => Promise.reject(new Error("deaf")));
    await auth.announce(happened, envelope);
    await eventually(() => lines.join("")).toContain("deaf");
  });

  test("keeps fields that its reader does not know", async () => {
    const heard: unknown[] = [];
    bridge.hear(happened, (event) => void heard.push(event));
    const newer = { ...envelope, data: { what: "it", more: 1 }, extra: true };
    await auth.announce(happened, newer);
    await eventually(() => heard).toEqual([newer]);
  });
});

describe("a heartbeat", () => {
  const body = Type.Object({ at: Type.Integer({ minimum: 0 }) });

  test("is heard as it was told", async () => {
    const heard: number[] = [];
    bridge.hearPlain("mcpauth.auth.evt.v1.beat", body, (beat) => void heard.push(beat.at));
    await auth.tell("mcpauth.auth.evt.v1.beat", body, { at: 7 });
    await eventually(() => heard).toEqual([7]);
  });

  test("that does not fit its schema is neither told nor heard", async () => {
    const heard: number[] = [];
    bridge.hearPlain("mcpauth.auth.evt.v1.beat", body, (beat) => void heard.push(beat.at));
    await expect(auth.tell("mcpauth.auth.evt.v1.beat", body, { at: -1 })).rejects.toMatchObject({ code: "bad_request" });
    await bus.publish("mcpauth.auth.evt.v1.beat", bytes('{"at":-1}'));
    await auth.tell("mcpauth.auth.evt.v1.beat", body, { at: 8 });
    await eventually(() => heard).toEqual([8]);
    expect(lines.join("")).toContain("a bus listener failed");
  });
});

test("a trace goes from the asker to the responder and from the announcer to both kinds of reader", async () => {
  const continued: (string | undefined)[] = [];
  const tracing: Tracer = {
    ...noTracer,
    headers: () => ({ traceparent: "00-trace-01" }),
    continued: (headers, work) => (continued.push(headers["traceparent"]), work()),
  };
  const asker = messengerOf("auth", tracing);
  asker.serve(greet, async () => ({ greeting: "" }));
  asker.hear(happened, () => undefined);
  await asker.follow(happened, { durable: "d" }, async () => undefined);
  await asker.ask(greet, { commandId, name: "x" });
  await asker.announce(happened, envelope);
  await eventually(() => continued).toEqual(["00-trace-01", "00-trace-01", "00-trace-01"]);
});
