import { existsSync } from "node:fs";
import { join } from "node:path";
import { descendants, discover, everythingServer, McpSession, registerClient, request, signIn } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { expectAccess } from "../support/expect-access.ts";
import { useGateway } from "../support/use-gateway.ts";

describe("C01 a command that comes in a request", () => {
  const gateway = useGateway({ command: everythingServer });

  it("is started by nobody: not from a registration, a sign-in, a message or a header", async () => {
    const trace = join(gateway().folders.root, "started");
    const harm = { command: "touch", args: [trace], env: { NODE_OPTIONS: `--require=${trace}` }, transport: "stdio" };
    const words = { command: `touch ${trace}`, args: trace, server: `$(touch ${trace})` };
    const discovery = await discover(gateway().mcpUrl);
    expect((await registerClient(discovery, { redirect_uris: ["http://127.0.0.1:9/callback"], ...harm, mcpServers: { x: harm } })).status).toBe(201);
    const { tokens } = await signIn(gateway());
    const session = new McpSession(`${gateway().mcpUrl}?${new URLSearchParams(words).toString()}`, tokens.accessToken);
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: `$(touch ${trace})`, version: "1", ...harm }, ...harm, _meta: harm };
    const opened = await session.post({ jsonrpc: "2.0", id: 1, method: "initialize", params }, { "mcp-name": `touch ${trace}`, "x-command": `touch ${trace}` });
    expect(opened.status).toBe(200);
    for (const path of ["/mcp/test/connection", "/api/servers", "/servers", "/mcp/servers", "/test"]) {
      const answer = await request(gateway().baseUrl + path, { method: "POST", headers: session.headers(), body: JSON.stringify(harm) });
      expect(answer.status, path).toBe(404);
    }

    expect(existsSync(trace)).toBe(false);
    const children = descendants(gateway().pid);
    expect(children.length).toBeGreaterThan(0);
    for (const { commandLine } of children) expect(commandLine).toBe(everythingServer.join(" "));
    await expectAccess(gateway(), tokens);
  });
});
