import { createFakeClock, eventsIn, type McpSession, type OpenStream, waitFor } from "@mcp-auth-proxy/testing";
import { afterEach, describe, expect, it } from "vitest";
import { startBridge, type BridgeOptions, type TestBridge } from "../fixtures/bridge.ts";

let bridge: TestBridge | undefined;
afterEach(async () => {
  await bridge?.stop();
  bridge = undefined;
});
const start = async (options: BridgeOptions = {}): Promise<TestBridge> => {
  bridge = await startBridge({ ...options, limits: { streamAfterMs: 60_000, ...options.limits } });
  return bridge;
};
const open = async (subject = "s", version = "2025-11-25"): Promise<McpSession> => {
  const session = await bridge?.session({ subject });
  if (session === undefined) throw new Error("no bridge");
  expect((await session.initialize(version)).status).toBe(200);
  return session;
};
const hold = (session: McpSession, id: string, params: Record<string, unknown> = {}): Promise<OpenStream> =>
  session.openStream({ accept: "text/event-stream" }, { jsonrpc: "2.0", id, method: "hold", params: { _meta: { progressToken: id }, ...params } });
const lastIdOf = (stream: OpenStream): string => eventsIn(stream.text()).at(-1)?.id ?? "";
const release = (session: McpSession): Promise<unknown> => session.post({ jsonrpc: "2.0", method: "release" });
const dataOf = (stream: OpenStream): readonly string[] => eventsIn(stream.text()).flatMap(({ data }) => (data === "" ? [] : [data]));

describe("a stream of 2025-11-25", () => {
  it("begins with an event without data, which has an id, and says when to come back", async () => {
    await start();
    const session = await open();
    const [listening, calling] = [await session.openStream(), await hold(session, "c")];
    for (const stream of [listening, calling]) {
      await waitFor("the first event", () => stream.text().includes("\n\n"));
      expect(stream.text().split("\n\n")[0]).toMatch(/^id: [\w-]{8}\.\d\.\d\nretry: 1000\ndata: $/);
      stream.close();
    }
  });

  it.each(["2025-06-18", "2025-03-26"])("and one of %s, which would take that for a broken message, does not", async (version) => {
    await start();
    const session = await open("s", version);
    const stream = await hold(session, "c");
    await waitFor("the first event", () => stream.text().includes("\n\n"));
    expect(stream.text()).toMatch(/^id: \S+\nevent: message\ndata: \{/);
    stream.close();
  });

  it("has ids that are its own: no two events of a session have the same", async () => {
    await start();
    const session = await open();
    const streams = [await session.openStream(), await hold(session, "a"), await hold(session, "b")];
    await session.post({ jsonrpc: "2.0", id: 5, method: "changes", params: { count: 3 } });
    await release(session);
    await Promise.all(streams.slice(1).map(({ ended }) => ended));
    await waitFor("the changes", () => streams[0]?.text().split("list_changed").length === 4);
    const ids = streams.flatMap((stream) => eventsIn(stream.text()).map(({ id }) => id));
    expect(ids).toHaveLength(4 + 4 + 4);
    expect(new Set(ids).size).toBe(ids.length);
    streams[0]?.close();
  });
});

describe("a client that lost the stream of a call", () => {
  it("gets what it missed of that stream and nothing else, then the answer", async () => {
    await start();
    const session = await open();
    const [lost, other] = [await hold(session, "lost"), await hold(session, "other")];
    await waitFor("progress", () => dataOf(lost).length === 1);
    const from = lastIdOf(lost);
    lost.close();
    await lost.ended;
    const again = await session.openStream({ "last-event-id": from });
    expect(again.status).toBe(200);
    await release(session);
    await again.ended;
    expect(dataOf(again)).toEqual(['{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"lost","progress":2}}', '{"jsonrpc":"2.0","id":"lost","result":{"held":""}}']);
    await other.ended;
    expect(dataOf(other)).toHaveLength(3);
  });

  it("finds the answer that was given while it was away", async () => {
    await start();
    const session = await open();
    const lost = await hold(session, "lost", { text: "kept" });
    await waitFor("progress", () => dataOf(lost).length === 1);
    lost.close();
    await lost.ended;
    await release(session);
    const again = await session.openStream({ "last-event-id": lastIdOf(lost) });
    await again.ended;
    expect(dataOf(again).at(-1)).toBe('{"jsonrpc":"2.0","id":"lost","result":{"held":"kept"}}');
  });

  it("can lose it again, and gets each event in its place with the id it had", async () => {
    await start();
    const session = await open();
    const lost = await hold(session, "lost");
    await waitFor("progress", () => dataOf(lost).length === 1);
    const [priming, progress] = eventsIn(lost.text());
    lost.close();
    await lost.ended;
    const second = await session.openStream({ "last-event-id": priming?.id ?? "" });
    await waitFor("progress again", () => dataOf(second).length === 1);
    expect(eventsIn(second.text())).toEqual([progress]);
    second.close();
    await second.ended;
    await release(session);
    const third = await session.openStream({ "last-event-id": progress?.id ?? "" });
    await third.ended;
    expect(dataOf(third)).toHaveLength(2);
  });

  it("is told so when the answer was too large to keep", async () => {
    await start({ limits: { replayBytes: 1_000 } });
    const session = await open();
    const lost = await hold(session, "lost", { bytes: 5_000 });
    await waitFor("progress", () => dataOf(lost).length === 1);
    lost.close();
    await lost.ended;
    await release(session);
    // Its answer comes after the lost one.
    await session.call("echo");
    const again = await session.openStream({ "last-event-id": lastIdOf(lost) });
    await again.ended;
    expect(dataOf(again).at(-1)).toContain('"id":"lost","error":{"code":-32603,"message":"The answer came while the client was away, and was too large to keep."}');
  });

  it("comes back in vain when nothing is kept any more: an empty stream, and the session goes on", async () => {
    const clock = createFakeClock();
    const running = await start({ clock, limits: { replayMs: 1_000 } });
    const session = await open();
    const lost = await hold(session, "lost");
    await waitFor("progress", () => dataOf(lost).length === 1);
    lost.close();
    await lost.ended;
    await release(session);
    await session.call("echo");
    clock.advance(1_001);
    await running.auth.heartbeat();
    await waitFor("the ring to be empty", async () => {
      const again = await session.openStream({ "last-event-id": lastIdOf(lost) });
      await again.ended;
      return dataOf(again).length === 0;
    });
    expect((await session.call("echo", { a: 1 })).result).toEqual({ a: 1 });
  });
});

describe("a client that lost the GET stream", () => {
  it("gets what was said since, in order, and goes on listening", async () => {
    await start();
    const session = await open();
    const lost = await session.openStream();
    await session.post({ jsonrpc: "2.0", method: "chatter", params: { count: 2 } });
    await waitFor("two messages", () => dataOf(lost).length === 2);
    const [, first] = eventsIn(lost.text());
    lost.close();
    await lost.ended;
    await session.post({ jsonrpc: "2.0", method: "chatter", params: { count: 1, bytes: 1 } });
    const again = await session.openStream({ "last-event-id": first?.id ?? "" });
    await waitFor("the second and the third", () => dataOf(again).length === 2);
    expect(dataOf(again).map((data) => (JSON.parse(data) as { params: { data: string } }).params.data)).toEqual(["2", "1x"]);
    await session.post({ jsonrpc: "2.0", method: "chatter", params: { count: 1 } });
    await waitFor("the fourth", () => dataOf(again).length === 3);
    again.close();
  });
});

describe("C07: an event id", () => {
  it("of another person's or another session's stream is not found, and nothing of that stream is shown", async () => {
    await start();
    const victim = await open("victim");
    const lost = await hold(victim, "secret", { text: "secret" });
    await waitFor("progress", () => dataOf(lost).length === 1);
    const id = lastIdOf(lost);
    lost.close();
    await lost.ended;
    const [thief, second] = [await open("thief"), await open("victim")];
    for (const session of [thief, second]) expect((await session.openStream({ "last-event-id": id })).status).toBe(404);
    const intruder = await bridge?.session({ subject: "thief" });
    if (intruder === undefined) throw new Error("no bridge");
    intruder.sessionId = victim.sessionId;
    expect((await intruder.openStream({ "last-event-id": id })).status).toBe(404);
    for (const guess of ["x", "", "a.b.c", `${id}.1`, id.replace(/\.\w+\.\w+$/, ".zz.0")]) {
      expect((await victim.openStream({ "last-event-id": guess })).status, guess).toBe(404);
    }
    await release(victim);
    const again = await victim.openStream({ "last-event-id": id });
    await again.ended;
    expect(dataOf(again).at(-1)).toContain('"held":"secret"');
  });
});

describe("time limits of a call", () => {
  it("are counted from the last progress, up to a limit for all of it, and the server is told", async () => {
    const clock = createFakeClock();
    const running = await start({ clock, limits: { requestMs: 60_000, requestMaxMs: 100_000, stallMs: 10_000_000 } });
    const session = await open();
    const silent = await hold(session, "silent");
    await waitFor("progress", () => dataOf(silent).length === 1);
    const lively = await session.openStream({ accept: "text/event-stream" }, { jsonrpc: "2.0", id: "lively", method: "tick", params: { _meta: { progressToken: "l" } } });
    const tick = async (seconds: number): Promise<void> => {
      clock.advance(seconds * 1_000);
      await running.auth.heartbeat();
    };
    for (let step = 0; step < 3; step += 1) {
      await tick(25);
      await session.post({ jsonrpc: "2.0", method: "tock" });
      await waitFor("progress", () => dataOf(lively).length === step + 1);
    }
    await silent.ended;
    expect(dataOf(silent).at(-1)).toContain("did not answer in time");
    expect(lively.text()).not.toContain("error");
    for (let step = 0; step < 2; step += 1) await tick(20);
    await lively.ended;
    expect(dataOf(lively).at(-1)).toContain("did not answer in time");
    expect((await session.call("cancelled")).result).toEqual({ cancelled: ["silent", "lively"] });
  });
});
