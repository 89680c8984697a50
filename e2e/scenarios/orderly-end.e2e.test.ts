import { descendants, Gateway, isRunning, McpSession, signIn, waitFor } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { expectAccess } from "../support/expect-access.ts";

describe.each(["SIGTERM", "SIGINT"] as const)("a gateway that is told %s", (signal) => {
  it("finishes the call under way, takes its children with it and ends with 0", async () => {
    await using gateway = await Gateway.launch();
    const { client, tokens } = await signIn(gateway);
    const session = new McpSession(gateway.mcpUrl, tokens.accessToken);
    await session.initialize();
    const params = { name: "slow", arguments: { steps: 10, everyMs: 100 }, _meta: { progressToken: "p" } };
    const call = await session.openStream({}, { jsonrpc: "2.0", id: "slow", method: "tools/call", params });
    await waitFor("the slow call to be under way", () => call.text().includes("notifications/progress"));
    const below = descendants(gateway.pid).map((facts) => facts.pid);
    expect(below.length).toBeGreaterThan(0);
    gateway.signal(signal);
    await call.ended;
    expect(call.text()).toContain("done after 10");
    await waitFor("the gateway to end", () => gateway.exit);
    expect(gateway.exit).toEqual({ code: 0, signal: null });
    expect(gateway.output).not.toContain("were cut");
    await waitFor("the children to be gone", () => !below.some((pid) => isRunning(pid)));
    await gateway.restart();
    await expectAccess(gateway, tokens);
    expect((await client.refresh(tokens.refreshToken)).status).toBe(200);
  });

  it("does not wait for a stream that would stay open for ever", async () => {
    await using gateway = await Gateway.launch();
    const { tokens } = await signIn(gateway);
    const session = new McpSession(gateway.mcpUrl, tokens.accessToken);
    await session.initialize();
    const stream = await session.openStream();
    expect(await gateway.stop(signal)).toEqual({ code: 0, signal: null });
    await stream.ended;
  });
});

describe("a gateway whose child ends by itself", () => {
  it("says so to the caller and serves the next session", async () => {
    await using gateway = await Gateway.launch();
    const { tokens } = await signIn(gateway);
    const session = new McpSession(gateway.mcpUrl, tokens.accessToken);
    await session.initialize();
    const answer = await session.post({ jsonrpc: "2.0", id: 7, method: "tools/call", params: { name: "crash", arguments: {} } });
    expect(answer.text).toMatch(/"error"/);
    expect(gateway.exit).toBeUndefined();
    const next = new McpSession(gateway.mcpUrl, tokens.accessToken);
    await next.initialize();
    expect(await next.callTool("echo", { message: "on we go" })).toBe("on we go");
  });
});
