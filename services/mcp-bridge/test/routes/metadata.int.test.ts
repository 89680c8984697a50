import { request } from "@mcp-auth-proxy/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBridge, type TestBridge } from "../fixtures/bridge.ts";

const open: TestBridge[] = [];
afterAll(async () => {
  for (const bridge of open) await bridge.stop();
});

describe("protected resource metadata", () => {
  let bridge: TestBridge;
  beforeAll(async () => {
    bridge = await startBridge();
    open.push(bridge);
  });

  it.each(["/mcp", "", "/mcp/"])("at %j names the canonical resource and the issuer as it is, to everyone", async (path) => {
    const answer = await request(`${bridge.base}/.well-known/oauth-protected-resource${path}`, { headers: { origin: "https://any.example" } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toContain("application/json");
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.json()).toEqual({
      resource: `${bridge.base}/mcp`,
      authorization_servers: [bridge.base],
      scopes_supported: ["mcp-access"],
      bearer_methods_supported: ["header"],
      resource_name: "test",
    });
  });

  it("A15: does not take a word from the request", async () => {
    const headers = { host: "evil.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "https", forwarded: "host=evil.example" };
    const metadata = await request(`${bridge.base}/.well-known/oauth-protected-resource/mcp`, { headers });
    expect(metadata.text).not.toContain("evil");
    const challenge = await request(`${bridge.base}/mcp`, { headers: { ...headers, host: "127.0.0.1" } });
    expect(challenge.headers.get("www-authenticate")).toContain(`"${bridge.base}/.well-known`);
  });

  it.each(["/other", "/mcp/x", "/mcp-other", "/.."])("at %j is 404 in JSON, never 401", async (path) => {
    const answer = await request(`${bridge.base}/.well-known/oauth-protected-resource${path}`);
    expect(answer.status).toBe(404);
    expect(answer.json()).toEqual({ error: "not_found" });
  });

  it("answers a preflight", async () => {
    const answer = await request(`${bridge.base}/.well-known/oauth-protected-resource/mcp`, { method: "OPTIONS" });
    expect(answer.status).toBe(204);
  });
});

describe("an external URL with a path", () => {
  it("has its metadata with the path inserted, and its endpoint under the path", async () => {
    const bridge = await startBridge({ basePath: "/team/one" });
    open.push(bridge);
    const { origin } = new URL(bridge.base);
    const canonical = `${origin}/.well-known/oauth-protected-resource/team/one/mcp`;
    expect((await request(canonical)).json()).toMatchObject({ resource: `${origin}/team/one/mcp`, authorization_servers: [`${origin}/team/one`] });
    const challenge = await request(`${origin}/team/one/mcp`, { method: "POST" });
    expect([challenge.status, challenge.headers.get("www-authenticate")]).toEqual([401, expect.stringContaining(`resource_metadata="${canonical}"`)]);
    const session = await bridge.session();
    expect((await session.initialize()).status).toBe(200);
  });
});
