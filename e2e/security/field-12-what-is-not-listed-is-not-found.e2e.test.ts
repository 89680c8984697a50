import { McpSession, request, signIn } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { expectAccess } from "../support/expect-access.ts";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

const gateway = useGateway();

describe("field 12: an id that is not listed", () => {
  it.each(["/other/mcp", "/mcp-other", "/mcp/other", "/MCP", "/%6dcp/x", "/mcp/..%2fmcp", "//mcp", "/s/github/mcp"])("field 12: of a server (%s) is 404, with a good token too, and never the server there is", async (path) => {
    const { tokens } = await signIn(gateway());
    const before = recordedState(gateway());
    for (const headers of [{}, { authorization: `Bearer ${tokens.accessToken}` }]) {
      const answer = await request(gateway().baseUrl + path, { method: "POST", headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers }, body: '{"jsonrpc":"2.0","id":1,"method":"ping"}' });
      expect(answer.status).toBe(404);
      expect(answer.headers.get("www-authenticate")).toBeNull();
      expect(answer.text).not.toContain("result");
    }
    expect(recordedState(gateway())).toBe(before);
    await expectAccess(gateway(), tokens);
  });

  it.each(["/other/mcp", "/mcp/other", "/mcp-other", "/s/github/mcp"])("field 12: of protected resource metadata (%s) is 404 in JSON, not the document of the root", async (path) => {
    const answer = await request(`${gateway().baseUrl}/.well-known/oauth-protected-resource${path}`);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([404, expect.stringMatching(/^application\/json/)]);
    expect(answer.text).not.toContain("authorization_servers");
    expect((await request(`${gateway().baseUrl}/.well-known/oauth-protected-resource/mcp`)).status).toBe(200);
  });

  it("field 12: of a session is 404 on every verb, to its owner and to everybody else", async () => {
    const { tokens } = await signIn(gateway());
    const own = new McpSession(gateway().mcpUrl, tokens.accessToken);
    await own.initialize();
    const stranger = await signIn(gateway());
    for (const [accessToken, sessionId] of [[tokens.accessToken, `${own.sessionId ?? ""}x`], [tokens.accessToken, "made-up"], [stranger.tokens.accessToken, own.sessionId ?? ""]] as const) {
      const headers = { authorization: `Bearer ${accessToken}`, "mcp-session-id": sessionId, "mcp-protocol-version": "2025-11-25", "content-type": "application/json", accept: "application/json, text/event-stream" };
      for (const method of ["POST", "GET", "DELETE"]) {
        const answer = await request(gateway().mcpUrl, { method, headers, ...(method === "POST" ? { body: '{"jsonrpc":"2.0","id":1,"method":"ping"}' } : {}) });
        expect([method, answer.status]).toEqual([method, 404]);
      }
    }
    expect(await own.call("ping")).toMatchObject({ result: {} });
    await own.delete();
  });
});
