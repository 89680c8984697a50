import { request as httpRequest } from "node:http";
import { AppError } from "@mcp-auth-proxy/contracts";
import { createFakeClock, McpSession, request, waitFor } from "@mcp-auth-proxy/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBridge, type TestBridge } from "../fixtures/bridge.ts";
import type { TokenOptions } from "../fixtures/fake-auth.ts";

const clock = createFakeClock();
let bridge: TestBridge;
beforeAll(async () => {
  bridge = await startBridge({ clock });
});
afterAll(() => bridge.stop());

const methods = ["POST", "GET", "DELETE"] as const;
const ask = async (method: string, headers: Record<string, string>, query = "") =>
  request(`${bridge.resource}${query}`, {
    method,
    headers: { accept: "application/json, text/event-stream", "content-type": "application/json", ...headers },
    ...(method === "POST" ? { body: '{"jsonrpc":"2.0","method":"notifications/x"}' } : {}),
  });
const bearer = async (options?: TokenOptions) => ({ authorization: `Bearer ${await bridge.token(options)}` });

describe("revocation", () => {
  const session = async (grant: string): Promise<McpSession> => {
    const opened = await bridge.session({ grant, subject: grant });
    expect((await opened.initialize()).status).toBe(200);
    return opened;
  };
  const childOf = async (opened: McpSession): Promise<number> => Number((await opened.call("facts")).result && ((await opened.call("facts")).result as { pid: number }).pid);
  const isAlive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  it("of a grant denies cached tokens, cuts its open streams and ends its child; others do not notice", async () => {
    const [victim, bystander] = await Promise.all([session("grant-v"), session("grant-b")]);
    const [pid, other] = [await childOf(victim), await childOf(bystander)];
    const listening = await victim.openStream();
    const calling = await victim.openStream({ accept: "text/event-stream" }, { jsonrpc: "2.0", id: "h", method: "hang" });
    const unharmed = await bystander.openStream();
    await bridge.auth.revoke("grant-v");
    await Promise.all([listening.ended, calling.ended]);
    await waitFor("the child to end", () => !isAlive(pid));
    const answer = await victim.post({ jsonrpc: "2.0", id: 1, method: "echo" });
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, expect.stringContaining('error="invalid_token"')]);
    expect((await bystander.call("echo", { a: 1 })).result).toEqual({ a: 1 });
    expect(isAlive(other)).toBe(true);
    unharmed.close();
  });

  it("of a grant denies what was let in before and whose body comes after", async () => {
    const bystander = await session("grant-by");
    const victim = new McpSession(bridge.resource, await bridge.token({ grant: "grant-slow", subject: "slow" }));
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } } });
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sending = httpRequest(bridge.resource, { method: "POST", headers: { ...victim.headers(), "content-length": String(body.length) } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      sending.on("error", reject);
      sending.write(body.slice(0, 10), () => {
        // Each of these comes after it on the way in.
        void bystander
          .call("echo")
          .then(() => bystander.call("echo"))
          .then(() => bridge.auth.revoke("grant-slow"))
          .then(() => sending.end(body.slice(10)));
      });
    });
    expect(status).toBe(401);
    const again = new McpSession(bridge.resource, await bridge.token({ grant: "grant-new", subject: "slow" }));
    expect((await again.initialize()).status).toBe(200);
  });

  it("cuts the streams of the revoked grant in a session that has gone on under another", async () => {
    const opened = await session("grant-old");
    const old = await opened.openStream();
    opened.accessToken = await bridge.token({ grant: "grant-new", subject: "grant-old" });
    const calling = await opened.openStream({ accept: "text/event-stream" }, { jsonrpc: "2.0", id: "h", method: "ask", params: { as: "q" } });
    // An answer to a question that was not asked yet would reach nobody.
    const heard = (): boolean => [old, calling].some((stream) => stream.text().includes('"id":"q"'));
    await waitFor("the question", heard);
    await bridge.auth.revoke("grant-old");
    await old.ended;
    await opened.post({ jsonrpc: "2.0", id: "q", result: "still here" });
    await calling.ended;
    expect(calling.text()).toContain("still here");
  });

  it("that was not heard is found in the feed at the next heartbeat", async () => {
    const victim = await session("grant-lost");
    await bridge.auth.revoke("grant-lost", { lost: true });
    await bridge.auth.heartbeat();
    await waitFor("the denial", async () => (await victim.post({ jsonrpc: "2.0", id: 1, method: "echo", params: {} })).status === 401);
  });

  it("of before a restore stays, and a new epoch loads the list anew", async () => {
    bridge.auth.logEpoch += 1;
    bridge.auth.position = 0;
    const asked = bridge.auth.asked.denylist;
    await bridge.auth.heartbeat();
    await waitFor("the list", () => bridge.auth.asked.denylist > asked);
    expect((await ask("POST", await bearer({ grant: "grant-lost" }))).status).toBe(401);
    expect((await ask("POST", await bearer({ grant: "new" }))).status).toBe(400);
  });
});

describe("a feed that is older than 30 s", () => {
  it("refuses every request and ends open streams, until it is complete again; sessions stay", async () => {
    const opened = await bridge.session({ grant: "grant-f", subject: "f" });
    await opened.initialize();
    const stream = await opened.openStream();
    bridge.auth.beating = false;
    clock.advance(30_001);
    await stream.ended;
    for (const method of methods) expect((await ask(method, await bearer())).status).toBe(503);
    expect((await ask("POST", await bearer())).headers.get("retry-after")).toBe("5");
    expect(bridge.service.readiness()).toMatchObject({ ready: false });
    await bridge.auth.heartbeat();
    await waitFor("ready", () => bridge.service.readiness().ready);
    expect((await opened.call("echo", { a: 1 })).result).toEqual({ a: 1 });
    bridge.auth.beating = true;
  });

  it("is what a feed becomes that can not be read, or holds a revocation of an unknown shape", async () => {
    bridge.auth.beating = false;
    await bridge.auth.revoke("grant-x", { lost: true, schema: 2 });
    clock.advance(30_001);
    await bridge.auth.heartbeat();
    await waitFor("the complaint", () => bridge.log.some((entry) => entry.msg === "a bus listener failed"));
    expect((await ask("POST", await bearer())).status).toBe(503);
    bridge.auth.feed.pop();
    bridge.auth.failure = new AppError("internal", "down");
    await bridge.auth.heartbeat();
    expect((await ask("POST", await bearer())).status).toBe(503);
    bridge.auth.failure = undefined;
    await bridge.auth.heartbeat();
    await waitFor("ready", () => bridge.service.readiness().ready);
  });
});
