import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { isObject, isRunning, type McpSession, processFacts, waitFor } from "@mcp-auth-proxy/testing";
import { afterEach, describe, expect, it } from "vitest";
import { startBridge, stubbornServer, type BridgeOptions, type TestBridge } from "../fixtures/bridge.ts";

let bridge: TestBridge | undefined;
afterEach(async () => {
  await bridge?.stop();
  bridge = undefined;
});

const start = async (options: BridgeOptions = {}): Promise<TestBridge> => {
  bridge = await startBridge(options);
  return bridge;
};
const open = async (subject = "s"): Promise<McpSession> => {
  const session = await bridge?.session({ subject });
  if (session === undefined) throw new Error("no bridge");
  expect((await session.initialize()).status).toBe(200);
  return session;
};
const factsOf = async (session: McpSession): Promise<Record<string, unknown>> => {
  const { result } = await session.call("facts");
  if (!isObject(result)) throw new Error("no facts");
  return result;
};

describe("a child", () => {
  it("gets the arguments as they are, the folder and the environment it was given, and nothing of ours", async () => {
    process.env.BRIDGE_TEST_SECRET = "canary";
    const args = [join(import.meta.dirname, "../servers/plain.ts"), "a b", "$(id)", "--x=*"];
    await start({ server: { args, cwd: "/", env: { PATH: process.env.PATH ?? "", NAMED: "v" } } });
    const facts = await factsOf(await open());
    expect(facts).toMatchObject({ args: ["a b", "$(id)", "--x=*"], cwd: "/", env: { NAMED: "v" } });
    expect(JSON.stringify(facts)).not.toContain("canary");
    delete process.env.BRIDGE_TEST_SECRET;
  });

  it.runIf(process.getuid?.() === 0)("runs as the account it was given", async () => {
    const script = `read line; printf '{"jsonrpc":"2.0","id":1,"result":{"pid":%s}}\\n' "$$"; cat >/dev/null`;
    const childUser = { name: "nobody", uid: 65_534, gid: 65_534, home: "/" };
    await start({ server: { command: "/bin/sh", args: ["-c", script], cwd: "/" }, config: { childUser } });
    const session = await bridge?.session();
    const { result } = (await session?.initialize())?.json() ?? {};
    expect(processFacts(isObject(result) ? Number(result.pid) : 0)?.uid).toBe(65_534);
  });

  it("that is killed fails its requests under way with JSON-RPC errors and touches no other session; its own goes on with another child", async () => {
    await start();
    const [victim, other] = [await open(), await open()];
    const { pid } = await factsOf(victim);
    const calling = victim.openStream({ accept: "text/event-stream" }, { jsonrpc: "2.0", id: "c", method: "hang" });
    const stream = await calling;
    process.kill(Number(pid), "SIGKILL");
    await stream.ended;
    expect(stream.text()).toContain('{"jsonrpc":"2.0","id":"c","error":{"code":-32603,"message":"The MCP server ended before it answered."}}');
    expect((await factsOf(victim)).pid).not.toBe(pid);
    expect((await other.call("echo", { a: 1 })).result).toEqual({ a: 1 });
    expect((await (await open()).call("echo", { a: 2 })).result).toEqual({ a: 2 });
  });

  it("that says something and exits at once is still heard", async () => {
    await start({ server: { command: "/bin/sh", args: ["-c", `read x; printf '{"jsonrpc":"2.0","id":1,"result":{"last":"words"}}\\n'; exit 1`] } });
    const session = await bridge?.session();
    expect((await session?.initialize())?.text).toContain('"last":"words"');
  });

  it.each([
    ["a command that does not exist", { command: "/nonexistent/mcp-command" }],
    ["a folder that does not exist", { cwd: "/nonexistent" }],
  ])("that can not be started (%s) is an error that names the command in the log only", async (_name, server) => {
    const { log } = await start({ server });
    const session = await bridge?.session();
    const answer = await session?.initialize();
    expect([answer?.status, answer?.json()]).toEqual([200, { jsonrpc: "2.0", id: 1, error: { code: -32603, message: "The MCP server could not be started." } }]);
    expect(answer?.text).not.toContain("nonexistent");
    expect(log.find(({ msg }) => msg === "the command of an MCP server can not be started")).toMatchObject({ level: "error", reason: "ENOENT", server: "test" });
  });

  it("that writes an endless line is ended with an error, and the gateway lives", async () => {
    const { log } = await start({ limits: { lineBytes: 100_000 } });
    const session = await open();
    const answer = await session.post({ jsonrpc: "2.0", id: 1, method: "say", params: { text: "x".repeat(200_000) } });
    expect(answer.json()).toMatchObject({ id: 1, error: { code: -32603 } });
    expect(log.some(({ msg }) => msg === "a child wrote a line over the limit and was ended")).toBe(true);
    expect((await (await open()).call("echo", { a: 2 })).result).toEqual({ a: 2 });
  });

  it("that writes what is no message to stdout is heard all the same, and named once", async () => {
    const { log } = await start();
    const session = await open();
    for (const text of ["Server running!", "[]", '{"jsonrpc":"2.0","id":"unknown","result":{}}', "\u0000"]) {
      const answered = session.post({ jsonrpc: "2.0", method: "say", params: { text } });
      expect((await answered).status).toBe(202);
    }
    expect((await session.call("echo", { a: 1 })).result).toEqual({ a: 1 });
    expect(log.filter(({ msg }) => msg === "a child wrote a line to stdout that is no message")).toHaveLength(1);
  });

  it("writes to stderr into the log, under its server's name and without secrets", async () => {
    const { log } = await start();
    const session = await open();
    await session.call("stderr", { text: "token mcp_rt_abcdefghijklmnopqrstuvwxyz0123456789\n" });
    const entry = await waitFor("the line", () => log.find(({ msg }) => msg === "child stderr"));
    expect(entry).toMatchObject({ server: "test" });
    expect(String(entry.line)).not.toContain("abcdefghijklmnop");
  });

  it("that ignores the end of its stdin and SIGTERM is killed with everything it started", async () => {
    await start({ server: stubbornServer, limits: { childGraceMs: 50 } });
    const session = await bridge?.session();
    const { result } = (await session?.initialize())?.json() ?? {};
    const [pid, grandchild] = isObject(result) ? [Number(result.pid), Number(result.grandchild)] : [0, 0];
    expect([isRunning(pid), isRunning(grandchild)]).toEqual([true, true]);
    await session?.delete();
    await waitFor("both to end", () => !isRunning(pid) && !isRunning(grandchild));
  });
});

describe("stopping", () => {
  it("waits for requests under way, ends GET streams at once, takes no new session, and leaves no child", async () => {
    await start();
    const session = await open();
    const { pid } = await factsOf(session);
    const listening = await session.openStream();
    const asking = await session.openStream({ accept: "text/event-stream" }, { jsonrpc: "2.0", id: "a", method: "ask", params: { as: "q" } });
    await waitFor("the question", () => asking.text().includes('"id":"q"'));
    const stopped = bridge?.service.stop(10_000);
    await listening.ended;
    const late = await bridge?.session();
    expect((await late?.initialize())?.status).toBe(503);
    await session.post({ jsonrpc: "2.0", id: "q", result: { roots: [] } });
    await Promise.all([asking.ended, stopped]);
    expect(asking.text()).toContain('"said":{"roots":[]}');
    expect(isRunning(Number(pid))).toBe(false);
  });

  it("after an exception that nobody caught leaves no child either", async () => {
    const host = spawn(process.execPath, [join(import.meta.dirname, "../servers/failing-host.ts")], { stdio: ["ignore", "pipe", "ignore"] });
    const [chunk] = (await once(host.stdout, "data")) as [Buffer];
    const pids = String(chunk).trim().split(" ").map(Number);
    expect(pids).toHaveLength(2);
    await once(host, "exit");
    await waitFor("both to end", () => pids.every((pid) => !isRunning(pid)));
  });
});
