import { messagesIn } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { startHttpBridge } from "../fixtures/http-bridge.ts";

const plain = { inject: undefined, tools: { deny: ["delete_*"] } } as never;
const namesIn = (message: Record<string, unknown> = {}): unknown => (message.result as { tools: { name: string }[] }).tools.map(({ name }) => name);

describe("the operator's word on the tools of a server behind an address", () => {
  it.each(["json", "sse"] as const)("holds for the list and for a call (C16): %s", async (answers) => {
    await using its = await startHttpBridge(plain);
    its.upstream.answers = answers;
    const session = await its.bridge.session();
    await session.initialize();
    expect(namesIn(await session.call("tools/list"))).toEqual(["whoami"]);
    expect((await session.call("tools/call", { name: "delete_all" })).error).toEqual({ code: -32602, message: "Unknown tool." });
    expect((await session.post({ jsonrpc: "2.0", method: "tools/call", params: { name: "delete_all" } })).status).toBe(202);
    expect(its.upstream.of("tools/call")).toEqual([]);
    await session.callTool("whoami");
  });

  it("is about the message that goes on, not about another way to read it (C10)", async () => {
    await using its = await startHttpBridge(plain);
    const session = await its.bridge.session();
    await session.initialize();
    const body = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_all","name":"whoami"}}';
    const answer = await fetch(session.url, { method: "POST", headers: session.headers(), body });
    expect(answer.status).toBe(400);
    expect(its.upstream.of("tools/call")).toEqual([]);
  });

  it("holds for a list that comes on another stream", async () => {
    await using its = await startHttpBridge(plain);
    const session = await its.bridge.session();
    await session.initialize();
    const stream = await session.openStream();
    await expect.poll(() => its.upstream.streams.size).toBe(1);
    its.upstream.notify({ jsonrpc: "2.0", id: 99, result: { tools: [{ name: "delete_all" }, { name: "whoami" }] } });
    await expect.poll(() => stream.text()).toContain("whoami");
    expect(stream.text()).not.toContain("delete_all");
    stream.close();
  });

  it("takes no batch", async () => {
    await using its = await startHttpBridge(plain);
    const session = await its.bridge.session();
    await session.initialize("2025-03-26");
    expect((await session.post([{ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "delete_all" } }])).status).toBe(400);
    expect(its.upstream.of("tools/call")).toEqual([]);
  });

  it("keeps the pinned definitions of a server of each kind of message", async () => {
    await using its = await startHttpBridge({ inject: undefined, tools: { pin: "refuse" } } as never);
    const session = await its.bridge.session();
    await session.initialize();
    expect(namesIn(await session.call("tools/list"))).toEqual(["whoami", "delete_all"]);
    its.upstream.script = ({ message, response }) => {
      if (message.method !== "tools/list") return false;
      const result = { tools: [{ name: "whoami", description: "now another", inputSchema: {} }] };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ jsonrpc: "2.0", id: message.id, result }));
      return true;
    };
    expect(namesIn(messagesIn(await session.post({ jsonrpc: "2.0", id: 5, method: "tools/list" }))[0])).toEqual([]);
  });
});
