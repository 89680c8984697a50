import { createFakeClock, isRunning, type McpSession, messagesIn, waitFor } from "@mcp-auth-proxy/testing";
import { afterEach, describe, expect, it } from "vitest";
import type { Isolation } from "../../src/config.ts";
import { startBridge, type BridgeOptions, type TestBridge } from "../fixtures/bridge.ts";

let bridge: TestBridge | undefined;
afterEach(async () => {
  await bridge?.stop();
  bridge = undefined;
});
const start = async (isolation: Isolation, options: BridgeOptions = {}): Promise<TestBridge> => {
  bridge = await startBridge({ ...options, server: { isolation, ...options.server }, limits: { streamAfterMs: 60_000, ...options.limits } });
  return bridge;
};
const open = async (subject: string, capabilities = {}, version = "2025-11-25"): Promise<McpSession> => {
  const session = await bridge?.session({ subject });
  if (session === undefined) throw new Error("no bridge");
  const answer = await session.initialize(version, capabilities);
  expect(answer.json()).toMatchObject({ id: 1, result: { protocolVersion: version, serverInfo: { name: "plain" }, code_challenge_methods_supported: ["S256"] } });
  return session;
};
const pidOf = async (session: McpSession): Promise<number> => ((await session.call("heard")).result as { pid: number }).pid;
const hang = (session: McpSession, id: unknown = "h") => session.openStream({ accept: "text/event-stream" }, { jsonrpc: "2.0", id, method: "hang" });

describe("who shares a process", () => {
  it.each([
    ["session", 4],
    ["user", 3],
    ["shared", 1],
  ] as const)("isolation %s: of one person twice, another client and another person, %i processes", async (isolation, processes) => {
    const running = await start(isolation);
    const other = await running.session({ subject: "one", client: "other" });
    await other.initialize();
    const sessions = [await open("one"), await open("one"), other, await open("two")];
    expect(new Set(await Promise.all(sessions.map(pidOf))).size).toBe(processes);
  });

  it("does so with one revision: what was agreed on counts for a process", async () => {
    await start("shared");
    const [newer, older] = [await open("one"), await open("one", {}, "2025-03-26")];
    expect(await pidOf(newer)).not.toBe(await pidOf(older));
  });
});

describe("C06: sessions at one process", () => {
  it("never get each other's answers or progress over thousands of interleaved calls with equal ids and tokens", async () => {
    await start("shared", { limits: { requestsPerSession: 1_000 } });
    const sessions = await Promise.all(["one", "two", "three"].map((subject) => open(subject)));
    let foreign = 0;
    const ask = async (session: McpSession, owner: number, id: number): Promise<void> => {
      const params = { owner, id, count: 2, _meta: { progressToken: id } };
      const messages = messagesIn(await session.post({ jsonrpc: "2.0", id, method: id % 2 === 0 ? "echo" : "progress", params }));
      const answer = messages.at(-1) as { id: number; result: { owner?: number; count?: number } };
      const tokens = messages.slice(0, -1).map((message) => (message.params as { progressToken: unknown }).progressToken);
      const own = id % 2 === 0 ? answer.result.owner === owner && tokens.length === 0 : tokens.length === 2 && tokens.every((token) => token === id);
      if (answer.id !== id || !own) foreign += 1;
    };
    for (let from = 100; from < 1_100; from += 20) {
      await Promise.all(sessions.flatMap((session, owner) => Array.from({ length: 20 }, (_, offset) => ask(session, owner, from + offset))));
    }
    expect(foreign).toBe(0);
  }, 60_000);

  it("keep ids as they were written, 1 and \"1\" apart", async () => {
    await start("shared");
    const session = await open("one");
    const [number, text] = await Promise.all([5, "5"].map((id) => session.post({ jsonrpc: "2.0", id, method: "echo", params: { id } })));
    expect([number?.json(), text?.json()]).toEqual([{ jsonrpc: "2.0", id: 5, result: { id: 5 } }, { jsonrpc: "2.0", id: "5", result: { id: "5" } }]);
  });

  it("cancel nothing but their own", async () => {
    await start("shared");
    const [one, two] = [await open("one"), await open("two")];
    const [first, second] = [await hang(one), await hang(two)];
    await one.post({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: "h" } });
    await first.ended;
    const { cancelled } = (await one.call("cancelled")).result as { cancelled: unknown[] };
    expect(cancelled).toHaveLength(1);
    await two.post({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: "h" } });
    await second.ended;
    expect(((await one.call("cancelled")).result as { cancelled: unknown[] }).cancelled).toHaveLength(2);
  });

  it("leave no call behind when they end", async () => {
    await start("shared");
    const [one, two] = [await open("one"), await open("two")];
    const stream = await hang(one);
    await one.delete();
    await stream.ended;
    await waitFor("the cancellation", async () => ((await two.call("cancelled")).result as { cancelled: unknown[] }).cancelled.length === 1);
  });
});

describe("what a shared server asks", () => {
  it("reaches the session that it must be about, and only that one may answer", async () => {
    await start("shared");
    const [asked, other] = [await open("one", { roots: {} }), await open("two", { roots: {} })];
    const stream = await asked.openStream({ accept: "text/event-stream" }, { jsonrpc: "2.0", id: "c", method: "ask", params: { as: "q" } });
    await waitFor("the question", () => stream.text().includes('"id":"q"'));
    await other.post({ jsonrpc: "2.0", id: "q", result: { roots: ["forged"] } });
    await asked.post({ jsonrpc: "2.0", id: "q", result: { roots: ["own"] } });
    await stream.ended;
    expect(stream.text()).toContain('"said":{"roots":["own"]}');
  });

  it("is refused when it may be about several", async () => {
    await start("shared");
    const [one, two] = [await open("one", { roots: {} }), await open("two", { roots: {} })];
    const waiting = await hang(two);
    const answer = await one.post({ jsonrpc: "2.0", id: "c", method: "ask", params: { as: "q" } });
    expect(messagesIn(answer)).toMatchObject([{ id: "c", result: { said: { code: -32603 } } }]);
    expect(waiting.text()).not.toContain('"id":"q"');
    waiting.close();
  });

  it("is refused when the client said that it can not be asked that", async () => {
    await start("shared");
    const one = await open("one");
    expect(messagesIn(await one.post({ jsonrpc: "2.0", id: "c", method: "ask", params: { as: "q" } }))).toMatchObject([{ result: { said: { code: -32603 } } }]);
  });
});

describe("what a shared server tells", () => {
  it("about a resource reaches those who subscribed to it, about its tools everyone", async () => {
    await start("shared");
    const [one, two] = [await open("one"), await open("two")];
    const streams = [await one.openStream(), await two.openStream()];
    await one.call("resources/subscribe", { uri: "test://a" });
    await two.call("resources/subscribe", { uri: "test://b" });
    await one.call("updates", { uris: ["test://a", "test://b", "test://c"] });
    await one.call("changes", { count: 1 });
    await waitFor("the changes", () => streams.every((stream) => stream.text().includes("list_changed")));
    const uris = streams.map((stream) => [...stream.text().matchAll(/test:..\w/g)].map(String));
    expect(uris).toEqual([["test://a"], ["test://b"]]);
    for (const stream of streams) stream.close();
  });

  it("about a call reaches the only person whom it has worked for, and nobody once there were two: it may be late", async () => {
    const running = await start("shared");
    const [one, two] = [await open("one"), await open("two")];
    const streams = [await one.openStream(), await two.openStream()];
    const chatter = (session: McpSession) => session.post({ jsonrpc: "2.0", id: "l", method: "chatter", params: { count: 1 } });
    expect(messagesIn(await chatter(one)).map((message) => message.method ?? message.id)).toEqual(["notifications/message", "l"]);
    expect(messagesIn(await chatter(two)).map((message) => message.method ?? message.id)).toEqual(["l"]);
    for (const stream of streams) {
      expect(stream.text()).not.toContain("notifications/message");
      stream.close();
    }
    expect(running.log.filter(({ msg }) => msg === "a message of a shared server was dropped: nothing says which session it is about")).toHaveLength(1);
  });
});

describe("a shared process", () => {
  it("that is killed fails what was under way in every session, and all of them go on with the next", async () => {
    await start("shared");
    const [one, two] = [await open("one"), await open("two")];
    const pid = await pidOf(one);
    const streams = [await hang(one), await hang(two)];
    process.kill(pid, "SIGKILL");
    await Promise.all(streams.map(({ ended }) => ended));
    for (const stream of streams) expect(stream.text()).toContain("The MCP server ended before it answered.");
    const [again, same] = [await pidOf(one), await pidOf(two)];
    expect(again).toBe(same);
    expect(again).not.toBe(pid);
  });

  it("that answers its introduction again, in whatever way, is not heard: nobody's session ends", async () => {
    await start("user");
    const [one, two] = [await open("one"), await open("one")];
    const pid = await pidOf(one);
    const { heard } = (await one.call("heard")).result as { heard: string[] };
    const id: unknown = (JSON.parse(heard[0] ?? "{}") as { id: unknown }).id;
    for (const outcome of [{ error: { code: -32603, message: "no" } }, { result: { protocolVersion: "other" } }]) {
      await one.post({ jsonrpc: "2.0", method: "say", params: { text: JSON.stringify({ jsonrpc: "2.0", id, ...outcome }) } });
    }
    expect(await pidOf(two)).toBe(pid);
    // A third session is told what the first ones were, and the server nothing again.
    expect(await pidOf(await open("one"))).toBe(pid);
    const after = ((await one.call("heard")).result as { heard: string[] }).heard;
    expect(after.filter((line) => line.includes("notifications/initialized"))).toHaveLength(1);
  });

  it("ends when no session has needed it for a while", async () => {
    const clock = createFakeClock();
    const running = await start("user", { clock, limits: { sharedIdleMs: 10_000 } });
    const one = await open("one");
    const pid = await pidOf(one);
    clock.advance(10_000);
    await running.auth.heartbeat();
    expect(await pidOf(one)).toBe(pid);
    await one.delete();
    clock.advance(10_000);
    await running.auth.heartbeat();
    await waitFor("its end", () => !isRunning(pid));
  });

  it("C24: is not held up for long by a client that does not read, whose session ends", async () => {
    await start("shared", { limits: { seatBytes: 1_000_000, seatStallMs: 1_000 } });
    const [slow, other] = [await open("slow"), await open("other")];
    const unread = await fetch(slow.url, { headers: slow.headers({ accept: "text/event-stream" }) });
    await other.call("flood", { count: 400, bytes: 100_000 });
    expect((await other.call("echo", { a: 1 })).result).toEqual({ a: 1 });
    await waitFor("the end of the slow one", async () => (await slow.post({ jsonrpc: "2.0", id: 9, method: "echo" })).status === 404);
    await unread.body?.cancel();
  });
});
