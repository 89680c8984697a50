import { everythingServer, isObject, type McpSession, request, waitFor } from "@mcp-auth-proxy/testing";
import { afterEach, describe, expect, it } from "vitest";
import type { ToolRules } from "../../src/guard/tool-rules.ts";
import { startBridge, type TestBridge } from "../fixtures/bridge.ts";

let bridge: TestBridge | undefined;
afterEach(async () => {
  await bridge?.stop();
  bridge = undefined;
});

const open = async (tools: ToolRules, version = "2025-11-25"): Promise<McpSession> => {
  const [command = "", ...args] = everythingServer;
  bridge = await startBridge({ server: { command, args, tools } });
  const session = await bridge.session();
  expect((await session.initialize(version)).status).toBe(200);
  return session;
};
const namesIn = (response: Record<string, unknown>): string[] => {
  const { result } = response;
  if (!isObject(result) || !Array.isArray(result.tools)) throw new Error(JSON.stringify(response));
  return result.tools.map(({ name }: { name: string }) => name);
};
const crash = { method: "tools/call", params: { name: "crash", arguments: {} } };
const unknown = { error: { code: -32602, message: "Unknown tool." } };

describe("C16: a tool that the operator has denied", () => {
  it("is not there in a session: not in a list, a call, a call without an answer or a batch; the others are", async () => {
    const session = await open({ deny: ["cra*", "fail"] }, "2025-03-26");
    const names = namesIn(await session.call("tools/list"));
    expect(names).toContain("echo");
    expect(names).not.toContain("crash");
    expect(await session.call("tools/call", crash.params)).toMatchObject(unknown);
    expect(await session.call("tools/call", { name: "fail" })).toMatchObject(unknown);

    await session.post({ jsonrpc: "2.0", ...crash });
    const batch = [{ jsonrpc: "2.0", id: "a", ...crash }, { jsonrpc: "2.0", ...crash }, { jsonrpc: "2.0", id: "b", method: "tools/list" }];
    const { text } = await session.post(batch);
    expect(text).toContain('"id":"a","error":{"code":-32602');
    expect(text).toContain('"echo"');
    expect(text).not.toContain('"crash"');
    expect(await session.callTool("echo", { message: "alive" })).toBe("alive");
  });

  it("is not named in a list whose request a notification names that cancels nothing", async () => {
    const session = await open({ deny: ["crash"] }, "2025-03-26");
    const naming = { jsonrpc: "2.0", method: "notifications/roots/list_changed", params: { requestId: "l" } };
    const { text } = await session.post([{ jsonrpc: "2.0", id: "l", method: "tools/list" }, naming]);
    expect(text).toContain('"echo"');
    expect(text).not.toContain('"crash"');
  });

  it("is not there under another spelling, nor behind a name that comes twice", async () => {
    const session = await open({ allow: ["echo", "whoami"] });
    const post = (params: string) => 
      request(session.url, { method: "POST", headers: session.headers(), body: `{"jsonrpc":"2.0","id":9,"method":"tools/call","params":${params}}` });
    expect((await post('{"n\\u0061me":"cr\\u0061sh"}')).text).toContain("-32602");
    expect((await post('{"name":"echo","name":"crash","arguments":{"message":"x"}}')).text).toContain("-32600");
    expect((await post('{"arguments":{"message":"x","message":"y"},"name":"echo"}')).text).toContain("-32600");
    expect(await session.callTool("echo", { message: "1.0" })).toBe("1.0");
    expect(namesIn(await session.call("tools/list"))).toEqual(["echo", "whoami"]);
  });

  it("is not named in the list that comes while the client listens elsewhere", async () => {
    const session = await open({ deny: ["crash"] });
    const stream = await session.openStream({ accept: "text/event-stream" }, { jsonrpc: "2.0", id: "l", method: "tools/list" });
    await stream.ended;
    await waitFor("the list", () => stream.text().includes('"echo"'));
    expect(stream.text()).not.toContain('"crash"');
  });
});
