import { describe, expect, it } from "vitest";
import { type HttpBridge, startHttpBridge } from "../fixtures/http-bridge.ts";
import { ModernClient } from "../fixtures/modern-client.ts";

const elicits = { "io.modelcontextprotocol/clientCapabilities": { elicitation: { url: {} } } };

const clientOf = async ({ bridge }: HttpBridge, subject = "alice"): Promise<ModernClient> => new ModernClient(bridge.resource, await bridge.token({ subject }));

describe("revision 2026-07-28 at a server behind an address", () => {
  it("goes on with its headers and its person's token, and without what is no client's to say (C11)", async () => {
    await using its = await startHttpBridge();
    await its.bridge.vault.connect("alice", its.bridge.resource, "T");
    const client = await clientOf(its);
    const answer = await client.post("tools/call", { name: "whoami", arguments: {} }, { headers: { "mcp-param-region": "eu", "mcp-session-id": "stolen" }, meta: { "io.modelcontextprotocol/tenant": "root" } });
    expect(answer.status).toBe(200);
    const received = its.upstream.of("tools/call")[0];
    expect(received?.headers).toMatchObject({ authorization: "Bearer T", "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "whoami", "mcp-param-region": "eu" });
    expect(received?.headers["mcp-session-id"]).toBeUndefined();
    expect(received?.body).not.toContain("tenant");
  });

  it.each([
    ["another name than the body's", { "mcp-name": "delete_all" }],
    ["another method than the body's", { "mcp-method": "tools/list" }],
    ["no method", { "mcp-method": undefined }],
    ["another revision than the body's", { "mcp-protocol-version": "2025-11-25" }],
  ])("is refused with %s (C10)", async (_, headers) => {
    await using its = await startHttpBridge();
    await its.bridge.vault.connect("alice", its.bridge.resource, "T");
    const answer = await (await clientOf(its)).post("tools/call", { name: "whoami", arguments: {} }, { headers });
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ error: { code: -32020 } });
    expect(its.upstream.received).toEqual([]);
  });

  it("asks a client that opens addresses to open the account page, once, and never tells the server of it", async () => {
    await using its = await startHttpBridge();
    const client = await clientOf(its);
    const call = { name: "whoami", arguments: {} };
    expect(await client.result("tools/call", call, { meta: elicits })).toMatchObject({
      resultType: "input_required",
      inputRequests: { "mcp-auth-proxy/account": { method: "elicitation/create", params: { mode: "url", url: `${its.bridge.base}/account` } } },
    });
    const answered = { ...call, inputResponses: { "mcp-auth-proxy/account": { action: "accept" }, other: { action: "decline" } } };
    expect((await client.post("tools/call", answered, { meta: elicits })).json()).toMatchObject({ error: { code: -32603, message: expect.stringContaining("/account") } });
    expect(its.upstream.received).toEqual([]);
    await its.bridge.vault.connect("alice", its.bridge.resource, "T");
    expect((await client.post("tools/call", answered, { meta: elicits })).json()).toMatchObject({ result: { content: [{ type: "text" }] } });
    expect(JSON.parse(its.upstream.of("tools/call")[0]?.body ?? "null").params.inputResponses).toEqual({ other: { action: "decline" } });
  });

  it("tells a client that opens none in words", async () => {
    await using its = await startHttpBridge();
    const client = await clientOf(its);
    expect((await client.post("tools/call", { name: "whoami", arguments: {} })).json()).toMatchObject({ error: { code: -32603, message: expect.stringContaining(`${its.bridge.base}/account`) } });
    expect((await client.post("tools/list", {}, { meta: elicits })).json()).toMatchObject({ error: { code: -32603 } });
  });

  it.each(["json", "sse"] as const)("closes a server's requestState: only the same person goes on with it (C09): %s", async (form) => {
    await using its = await startHttpBridge();
    for (const subject of ["alice", "bob"]) await its.bridge.vault.connect(subject, its.bridge.resource, `token-of-${subject}`);
    its.upstream.script = ({ message, response }) => {
      const params = message.params as Record<string, unknown> | undefined;
      if (message.method !== "tools/call" || params?.requestState !== undefined) return false;
      const body = JSON.stringify({ jsonrpc: "2.0", id: message.id, result: { resultType: "input_required", requestState: "the-servers-own", inputRequests: {} } });
      response.writeHead(200, { "content-type": form === "json" ? "application/json" : "text/event-stream" }).end(form === "json" ? body : `data: ${body}\n\n`);
      return true;
    };
    const [alice, bob] = [await clientOf(its), await clientOf(its, "bob")];
    const call = { name: "whoami", arguments: {} };
    const answer = await alice.post("tools/call", call);
    const requestState = /"requestState":"([^"]+)"/.exec(answer.text)?.[1];
    expect(requestState).toBeDefined();
    expect(answer.text).not.toContain("the-servers-own");
    expect((await bob.post("tools/call", { ...call, requestState })).json()).toMatchObject({ error: { code: -32602 } });
    expect((await alice.post("tools/call", { ...call, arguments: { other: 1 }, requestState })).json()).toMatchObject({ error: { code: -32602 } });
    expect((await alice.post("tools/call", { ...call, requestState })).status).toBe(200);
    expect(JSON.parse(its.upstream.of("tools/call").at(-1)?.body ?? "null").params.requestState).toBe("the-servers-own");
  });
});
