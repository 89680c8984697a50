import { McpSession, request, signIn } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { expectAccess } from "../support/expect-access.ts";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

const gateway = useGateway();

const doors: readonly (readonly [method: string, path: string])[] = [
  ["POST", "/mcp"],
  ["GET", "/mcp"],
  ["DELETE", "/mcp"],
  ["HEAD", "/mcp"],
  ["GET", "/sse"],
  ["POST", "/messages"],
];

describe("field 10: a 401", () => {
  it.each(doors)("field 10: of %s %s names the metadata and the scope; without a token no error, with a bad one invalid_token", async (method, path) => {
    const { tokens } = await signIn(gateway());
    const before = recordedState(gateway());
    const resource = `resource_metadata="${gateway().baseUrl}/.well-known/oauth-protected-resource/mcp"`;
    const post = method === "POST" ? { body: "{}" } : {};
    const common = { accept: "text/event-stream, application/json", "content-type": "application/json" };
    const bare = await request(gateway().baseUrl + path, { method, headers: common, ...post });
    // Not every door knows HEAD; none may open.
    if (method === "HEAD" && bare.status !== 401) expect([404, 405]).toContain(bare.status);
    else {
      expect(bare.status).toBe(401);
      expect(bare.headers.get("www-authenticate")).toMatch(/^Bearer /);
      expect(bare.headers.get("www-authenticate")).toContain(resource);
      expect(bare.headers.get("www-authenticate")).toContain('scope="mcp-access"');
      expect(bare.headers.get("www-authenticate")).not.toContain("error=");
      const bad = await request(gateway().baseUrl + path, { method, headers: { ...common, authorization: "Bearer no-token-of-ours" }, ...post });
      expect(bad.status).toBe(401);
      expect(bad.headers.get("www-authenticate")).toContain(resource);
      expect(bad.headers.get("www-authenticate")).toContain('error="invalid_token"');
    }
    expect(recordedState(gateway())).toBe(before);
    await expectAccess(gateway(), tokens);
  });

  it("field 10: is no answer to a session that is gone: that is 404, after which a new one opens", async () => {
    const { tokens } = await signIn(gateway());
    const session = new McpSession(gateway().mcpUrl, tokens.accessToken);
    await session.initialize();
    const id = session.sessionId;
    await session.delete();
    session.sessionId = id;
    const gone = await session.post({ jsonrpc: "2.0", id: 1, method: "ping" });
    expect([gone.status, gone.headers.get("www-authenticate")]).toEqual([404, null]);
    await expectAccess(gateway(), tokens);
  });
});
