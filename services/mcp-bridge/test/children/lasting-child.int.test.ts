import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock, isRunning, type McpSession, messagesIn, request, waitFor } from "@mcp-auth-proxy/testing";
import { afterEach, describe, expect, it } from "vitest";
import { startBridge, type BridgeOptions, type TestBridge } from "../fixtures/bridge.ts";

let bridge: TestBridge | undefined;
const folders: string[] = [];
afterEach(async () => {
  await bridge?.stop();
  bridge = undefined;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});
const start = async (options: BridgeOptions = {}): Promise<TestBridge> => {
  bridge = await startBridge({ ...options, limits: { streamAfterMs: 60_000, ...options.limits } });
  return bridge;
};
const open = async (subject = "s"): Promise<McpSession> => {
  const session = await bridge?.session({ subject });
  if (session === undefined) throw new Error("no bridge");
  expect((await session.initialize()).status).toBe(200);
  return session;
};
const heardBy = async (session: McpSession): Promise<{ pid: number; heard: string[] }> =>
  (await session.call("heard")).result as { pid: number; heard: string[] };
const kill = async (session: McpSession): Promise<number> => {
  const { pid } = await heardBy(session);
  const calling = await session.openStream({ accept: "text/event-stream" }, { jsonrpc: "2.0", id: `kill-${pid}`, method: "hang" });
  process.kill(pid, "SIGKILL");
  await calling.ended;
  return pid;
};
const methodsOf = (lines: readonly string[]): readonly unknown[] => lines.map((line) => (JSON.parse(line) as { method?: unknown }).method);

describe("a session whose child was killed", () => {
  it("goes on with a new one, which is told what the former knew, byte for byte, and nothing twice", async () => {
    await start();
    const session = await open();
    await session.call("logging/setLevel", { level: "debug" });
    await session.call("resources/subscribe", { uri: "test://kept" });
    await session.call("resources/subscribe", { uri: "test://dropped" });
    await session.call("resources/unsubscribe", { uri: "test://dropped" });
    await session.call("echo", { once: true });
    const before = await heardBy(session);
    await kill(session);
    const after = await heardBy(session);
    expect(after.pid).not.toBe(before.pid);
    expect(after.heard).toEqual([before.heard[0], before.heard[1], before.heard[2], before.heard[3]]);
    expect(methodsOf(after.heard)).toEqual(["initialize", "notifications/initialized", "logging/setLevel", "resources/subscribe"]);
  });

  it("keeps its GET stream", async () => {
    await start();
    const session = await open();
    const stream = await session.openStream();
    await kill(session);
    await session.call("changes", { count: 1 });
    await waitFor("the notification", () => stream.text().includes("list_changed"));
    stream.close();
  });

  it("withdraws what the former asked its client: a late answer reaches nobody", async () => {
    await start();
    const session = await open();
    const stream = await session.openStream();
    await session.post({ jsonrpc: "2.0", method: "wonder", params: { as: "q" } });
    await waitFor("the question", () => stream.text().includes('"id":"q"'));
    await kill(session);
    await waitFor("its withdrawal", () => stream.text().includes('"notifications/cancelled","params":{"requestId":"q"'));
    await session.call("echo");
    expect((await session.post({ jsonrpc: "2.0", id: "q", result: { late: true } })).status).toBe(202);
    expect(methodsOf((await heardBy(session)).heard)).toEqual(["initialize", "notifications/initialized", "echo"]);
    stream.close();
  });

  it("is over when its server is marked stateful", async () => {
    await start({ server: { memory: "stateful" } });
    const session = await open();
    await kill(session);
    expect((await session.post({ jsonrpc: "2.0", id: 1, method: "echo" })).status).toBe(404);
  });

  it("is over when the new one introduces itself as another: nothing that was agreed on counts", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mcp-version-"));
    folders.push(folder);
    const file = join(folder, "version");
    writeFileSync(file, "1");
    await start({ server: { env: { PATH: process.env.PATH ?? "", VERSION_FILE: file } } });
    const session = await open();
    writeFileSync(file, "2");
    await kill(session);
    const answer = await session.post({ jsonrpc: "2.0", id: "c", method: "echo" });
    expect(messagesIn(answer)).toMatchObject([{ id: "c", error: { code: -32603 } }]);
    expect((await session.post({ jsonrpc: "2.0", id: "d", method: "echo" })).status).toBe(404);
  });

  it("waits longer and longer when it is killed again and again, and says so at once", async () => {
    const clock = createFakeClock();
    const running = await start({ clock, limits: { respawnMs: 10_000, steadyMs: 1_000_000 } });
    const session = await open();
    const echo = async (): Promise<Record<string, unknown>> => session.call("echo", { a: 1 });
    await kill(session);
    expect(await echo()).toMatchObject({ result: { a: 1 } });
    await kill(session);
    expect(await echo()).toMatchObject({ error: { message: "The MCP server keeps ending. Try again in a while." } });
    clock.advance(10_000);
    await running.auth.heartbeat();
    expect(await echo()).toMatchObject({ result: { a: 1 } });
    await kill(session);
    clock.advance(10_000);
    await running.auth.heartbeat();
    expect(await echo()).toMatchObject({ error: {} });
    clock.advance(10_000);
    await running.auth.heartbeat();
    expect(await echo()).toMatchObject({ result: { a: 1 } });
  });
});

describe("a session that nobody uses", () => {
  const idle = async (memory: "stateless" | undefined): Promise<{ session: McpSession; pid: number; tick: () => Promise<void> }> => {
    const clock = createFakeClock();
    const running = await start({ clock, server: memory === undefined ? {} : { memory }, limits: { hibernateMs: 10_000 } });
    const session = await open();
    const tick = async (): Promise<void> => {
      clock.advance(10_000);
      await running.auth.heartbeat();
    };
    return { session, pid: (await heardBy(session)).pid, tick };
  };

  it("of a stateless server has no process, and gets one with the next message", async () => {
    const { session, pid, tick } = await idle("stateless");
    const stream = await session.openStream();
    await tick();
    await waitFor("the child to end", () => !isRunning(pid));
    expect((await session.post({ jsonrpc: "2.0", method: "notifications/x" })).status).toBe(202);
    expect((await heardBy(session)).pid).not.toBe(pid);
    expect(stream.text()).not.toContain("error");
    stream.close();
  });

  it("of a stateless server keeps its process while somebody waits for it", async () => {
    const { session, pid, tick } = await idle("stateless");
    const stream = await session.openStream({ accept: "text/event-stream" }, { jsonrpc: "2.0", id: "h", method: "hold" });
    await tick();
    await session.post({ jsonrpc: "2.0", method: "release" });
    await stream.ended;
    expect((await heardBy(session)).pid).toBe(pid);
  });

  it("of any other server keeps its process", async () => {
    const { session, pid, tick } = await idle(undefined);
    await tick();
    await session.call("echo");
    expect((await heardBy(session)).pid).toBe(pid);
  });
});

describe("C05 C24: processes", () => {
  it("of one person are limited, those that are ending included; others have their own", async () => {
    await start({ limits: { childrenPerSubject: 2 } });
    const first = await open("greedy");
    await open("greedy");
    const third = await bridge?.session({ subject: "greedy" });
    expect((await third?.initialize())?.status).toBe(429);
    await open("other");
    await first.delete();
    await waitFor("room", async () => (await third?.initialize())?.status === 200);
  });

  it("that do not come up are told by /readyz, without a command", async () => {
    const running = await start({ server: { command: "/nonexistent/mcp-command" } });
    const session = await running.session();
    await session.initialize();
    expect(running.service.readiness()).toEqual({ ready: false, reasons: ["the MCP server test can not be started (ENOENT)"] });
    await bridge?.stop();
    const second = await start({ server: { command: "/bin/false", args: [] } });
    await (await second.session()).initialize();
    expect(second.service.readiness()).toEqual({ ready: true, warnings: ["the MCP server test ends before it answers"] });
    const answer = await request(second.resource, { method: "POST" });
    expect(answer.status).toBe(401);
  });
});
