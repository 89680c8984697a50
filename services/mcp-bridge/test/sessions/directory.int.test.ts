import { readFileSync } from "node:fs";
import { createFakeClock, descendants, isRunning, type McpSession, openFiles, waitFor } from "@mcp-auth-proxy/testing";
import { afterEach, describe, expect, it } from "vitest";
import { lightServer, startBridge, type BridgeOptions, type TestBridge } from "../fixtures/bridge.ts";

let bridge: TestBridge | undefined;
afterEach(async () => {
  await bridge?.stop();
  bridge = undefined;
});
const start = async (options: BridgeOptions = {}): Promise<TestBridge> => {
  bridge = await startBridge(options);
  return bridge;
};
const children = (): number => descendants(process.pid).filter(({ commandLine }) => commandLine.includes("light.sh")).length;

describe("C06: two sessions", () => {
  it("never get each other's answers over 10,000 interleaved calls with equal ids", async () => {
    const running = await start();
    const sessions = await Promise.all(["one", "two"].map((subject) => running.session({ subject })));
    for (const session of sessions) await session.initialize();
    let foreign = 0;
    const ask = async (session: McpSession, owner: number, id: number): Promise<void> => {
      const response = await fetch(session.url, { method: "POST", headers: session.headers(), body: JSON.stringify({ jsonrpc: "2.0", id, method: "echo", params: { owner, id } }) });
      const { id: answered, result } = (await response.json()) as { id: number; result: { owner: number; id: number } };
      if (answered !== id || result.owner !== owner || result.id !== id) foreign += 1;
    };
    for (let from = 0; from < 5_000; from += 50) {
      await Promise.all(sessions.flatMap((session, owner) => Array.from({ length: 50 }, (_, offset) => ask(session, owner, from + offset))));
    }
    expect(foreign).toBe(0);
  }, 120_000);
});

describe("C05: sessions that are abandoned", () => {
  it("a thousand of them return to no child and no descriptor at all", async () => {
    const clock = createFakeClock();
    const running = await start({ clock, server: lightServer, limits: { sessions: 40, sessionIdleMs: 60_000 } });
    let most = 0;
    const pipes = (): number => openFiles(process.pid).filter((name) => name.startsWith("pipe:") || name.startsWith("socket:")).length;
    const before = pipes();
    let mostPipes = 0;
    for (let round = 0; round < 50; round += 1) {
      const opened = await Promise.all(
        Array.from({ length: 20 }, async (_, at) => {
          const session = await running.session({ subject: `s-${at}` });
          return (await session.initialize()).status;
        }),
      );
      expect(opened).toEqual(Array(20).fill(200));
      most = Math.max(most, children());
      mostPipes = Math.max(mostPipes, pipes());
      clock.advance(60_000);
      await running.auth.heartbeat();
      await waitFor("the children to end", () => children() === 0);
    }
    expect(most).toBe(20);
    expect(mostPipes).toBeGreaterThanOrEqual(before + 60);
    // Each child had three; a connection of the test's own may come or go.
    await waitFor("the descriptors to be closed", () => pipes() <= before + 5);
  }, 180_000);

  it("are not those that someone listens to or waits for", async () => {
    const clock = createFakeClock();
    const running = await start({ clock, limits: { sessionIdleMs: 1_000 } });
    const [listening, waiting, idle] = await Promise.all(["l", "w", "i"].map((subject) => running.session({ subject })));
    if (listening === undefined || waiting === undefined || idle === undefined) throw new Error("no sessions");
    for (const session of [listening, waiting, idle]) await session.initialize();
    const streams = [await listening.openStream(), await waiting.openStream({ accept: "text/event-stream" }, { jsonrpc: "2.0", id: "h", method: "hang" })];
    const { pid } = (await idle.call("facts")).result as { pid: number };
    clock.advance(5_000);
    // Asking the session itself would be using it.
    await waitFor("the idle one to end", () => !isRunning(pid));
    expect((await idle.post({ jsonrpc: "2.0", id: 1, method: "echo", params: {} })).status).toBe(404);
    expect((await listening.call("echo", { a: 1 })).result).toEqual({ a: 1 });
    expect((await waiting.call("echo", { a: 1 })).result).toEqual({ a: 1 });
    for (const stream of streams) stream.close();
  });
});

describe("caps", () => {
  it("of one person: 429, until one of his sessions has been idle for a while; others have their own", async () => {
    const clock = createFakeClock();
    const running = await start({ clock, server: lightServer, limits: { sessionsPerSubject: 2, sessionYieldMs: 60_000 } });
    const open = async (subject: string): Promise<{ status: number; session: McpSession; retryAfter: string | null }> => {
      const session = await running.session({ subject });
      const answer = await session.initialize();
      return { status: answer.status, session, retryAfter: answer.headers.get("retry-after") };
    };
    const first = await open("greedy");
    const second = await open("greedy");
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(await open("greedy")).toMatchObject({ status: 429, retryAfter: "5" });
    expect((await open("other")).status).toBe(200);
    clock.advance(60_000);
    await running.auth.heartbeat();
    await second.session.post({ jsonrpc: "2.0", id: 5, method: "ping" });
    expect((await open("greedy")).status).toBe(200);
    expect((await first.session.post({ jsonrpc: "2.0", id: 5, method: "ping" })).status).toBe(404);
    expect((await second.session.post({ jsonrpc: "2.0", id: 6, method: "ping" })).status).toBe(200);
  });

  it("of everyone together: 503, and room again when a child has ended", async () => {
    const running = await start({ server: lightServer, limits: { sessions: 2 } });
    const sessions = await Promise.all(["a", "b", "c"].map((subject) => running.session({ subject })));
    const statuses = [];
    for (const session of sessions) statuses.push((await session.initialize()).status);
    expect(statuses).toEqual([200, 200, 503]);
    await sessions[0]?.delete();
    await waitFor("room", async () => (await sessions[2]?.initialize())?.status === 200);
  });

  it("of requests in one session: 429", async () => {
    const running = await start({ limits: { requestsPerSession: 2 } });
    const session = await running.session();
    await session.initialize();
    const streams = [];
    for (const id of ["1", "2"]) streams.push(await session.openStream({ accept: "text/event-stream" }, { jsonrpc: "2.0", id, method: "hang" }));
    expect((await session.post({ jsonrpc: "2.0", id: "3", method: "echo" })).status).toBe(429);
    for (const stream of streams) stream.close();
  });

  it("of time: a request nobody answers ends with an error, an initialize nobody answers ends the session", async () => {
    const clock = createFakeClock();
    const running = await start({ clock, limits: { requestMs: 120_000, initializeMs: 10_000 } });
    const session = await running.session();
    await session.initialize();
    const stream = await session.openStream({ accept: "text/event-stream" }, { jsonrpc: "2.0", id: "h", method: "hang" });
    for (let step = 0; step < 5; step += 1) {
      clock.advance(25_000);
      await running.auth.heartbeat();
    }
    await stream.ended;
    expect(stream.text()).toContain("The MCP server did not answer in time.");
    expect((await session.call("echo", { a: 1 })).result).toEqual({ a: 1 });
  });
});

describe("a client that does not read", () => {
  /** Resolves when a process has stopped working: it waits for someone, or is done. */
  const atRest = async (pid: number): Promise<void> => {
    let last = "";
    let equal = 0;
    await waitFor("the child to rest", () => {
      const ticks = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ").slice(11, 13).join(" ") ?? "";
      equal = ticks === last ? equal + 1 : 0;
      last = ticks;
      return equal === 25;
    });
  };

  it("holds up its own child only, and is cut in the end", async () => {
    const clock = createFakeClock();
    const running = await start({ clock, limits: { stallMs: 5_000 } });
    const [slow, other] = await Promise.all(["slow", "other"].map((subject) => running.session({ subject })));
    if (slow === undefined || other === undefined) throw new Error("no sessions");
    for (const session of [slow, other]) await session.initialize();
    const { pid } = (await slow.call("facts")).result as { pid: number };
    const unread = await fetch(slow.url, { headers: slow.headers({ accept: "text/event-stream" }) });
    const before = process.memoryUsage().rss;
    // 200 MB that nobody takes, and a question behind them.
    await slow.post({ jsonrpc: "2.0", method: "chatter", params: { count: 2_000, bytes: 100_000 } });
    let answered = false;
    const behind = slow.post({ jsonrpc: "2.0", id: "e", method: "echo", params: {} }, { accept: "application/json" }).then(({ status }) => {
      answered = true;
      return status;
    });
    await atRest(pid);
    expect(answered).toBe(false);
    expect((process.memoryUsage().rss - before) / 1e6).toBeLessThan(50);
    for (let at = 0; at < 50; at += 1) expect((await other.call("echo", { at })).result).toEqual({ at });

    // Nobody takes anything for longer than the patience for what is unsent: the stream goes, the child goes on.
    // Only then may the test read: a client that begins to read before the sweep comes by has made up for it.
    clock.advance(29_000);
    expect(await behind).toBe(200);
    await expect(unread.text()).rejects.toThrow();
  });
});
