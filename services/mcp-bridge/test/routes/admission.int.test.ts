import { AppError } from "@mcp-auth-proxy/contracts";
import { createFakeClock, request } from "@mcp-auth-proxy/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBridge, type TestBridge } from "../fixtures/bridge.ts";
import type { TokenOptions } from "../fixtures/fake-auth.ts";

const clock = createFakeClock();
let bridge: TestBridge;
beforeAll(async () => {
  bridge = await startBridge({ clock, config: { corsOrigins: ["https://app.example"] } });
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
/** What a good token gets without a session: past the admission. */
const past = { POST: 400, GET: 405, DELETE: 400 } as const;

describe("challenges", () => {
  it.each(methods)("%s without a token is 401, names the metadata and the scope, and no error", async (method) => {
    const answer = await ask(method, {});
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe(
      `Bearer resource_metadata="${bridge.base}/.well-known/oauth-protected-resource/mcp", scope="mcp-access"`,
    );
  });

  it.each(methods)("%s with a good token goes on", async (method) => {
    expect((await ask(method, await bearer())).status).toBe(past[method]);
  });

  it("a browser gets a page in its language, and the challenge all the same", async () => {
    const korean = await ask("GET", { accept: "text/html,*/*", "accept-language": "ko-KR,ko;q=0.9" });
    expect(korean.status).toBe(401);
    expect(korean.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(korean.headers.get("www-authenticate")).toContain("resource_metadata=");
    expect(korean.text).toContain('<html lang="ko">');
    expect((await ask("GET", { accept: "text/html" })).text).toContain('<html lang="en">');
  });

  it("a token without the scope is 403 insufficient_scope, an expired one without it 401", async () => {
    const weak = await ask("POST", await bearer({ scope: "other" }));
    expect([weak.status, weak.headers.get("www-authenticate")]).toEqual([403, expect.stringContaining('error="insufficient_scope"')]);
    expect((await ask("POST", await bearer({ scope: "other", expiresAt: clock.now() - 1000 }))).status).toBe(401);
  });
});

describe("keys", () => {
  it("that auth has introduced since are asked for, a made-up one not each time", async () => {
    await bridge.auth.rotate("key-2");
    clock.advance(10_000);
    await bridge.auth.heartbeat();
    expect((await ask("POST", await bearer())).status).toBe(400);
    const asked = bridge.auth.asked.jwks;
    for (let at = 0; at < 20; at += 1) expect((await ask("POST", await bearer({ kid: `made-up-${at}` }))).status).toBe(401);
    expect(bridge.auth.asked.jwks).toBe(asked);
  });

  it("C15: that can not be had let nobody in: 503, and no default person", async () => {
    clock.advance(10_000);
    bridge.auth.failure = new AppError("internal", "down");
    expect((await ask("POST", await bearer({ kid: "unheard-of" }))).status).toBe(503);
    expect((await ask("POST", await bearer())).status).toBe(400);
    bridge.auth.failure = undefined;
  });
});

describe("C14: origins and hosts", () => {
  const sameOrigin = () => ({ origin: bridge.base });

  it("let programs, our own pages on any loopback name and the origins of the operator pass", async () => {
    const port = new URL(bridge.base).port;
    for (const origin of [bridge.base, `http://127.0.0.1:${port}`, `http://[::1]:${port}`, "https://app.example"]) {
      const answer = await ask("POST", { ...(await bearer()), origin });
      expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([400, origin]);
      expect(answer.headers.get("access-control-expose-headers")).toContain("Mcp-Session-Id");
      expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
    }
  });

  it.each(["https://evil.example", "null", "http://localhost:1", "https://app.example.evil.example", "http://app.example", ""])("refuse %j on every method", async (origin) => {
    for (const method of [...methods, "OPTIONS"]) {
      const answer = await ask(method, { ...(await bearer()), origin });
      expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([403, null]);
    }
  });

  it.each(["evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "user@localhost", "localhost:8080:9"])("refuse the host %j", async (host) => {
    for (const method of methods) expect((await ask(method, { ...(await bearer()), host })).status).toBe(403);
  });

  it("let a host pass that nobody can point elsewhere", async () => {
    for (const host of ["127.0.0.1:9999", "[::1]", "10.1.2.3:80", "LOCALHOST:8080"]) expect((await ask("POST", { ...(await bearer()), host })).status).toBe(400);
  });

  it("answer a preflight without a token, with the headers that MCP needs", async () => {
    const answer = await ask("OPTIONS", {
      ...sameOrigin(),
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization, mcp-param-region, x-evil",
    });
    expect(answer.status).toBe(204);
    const allowed = answer.headers.get("access-control-allow-headers")?.toLowerCase().split(", ");
    expect(allowed).toEqual(expect.arrayContaining(["authorization", "content-type", "mcp-protocol-version", "mcp-session-id", "last-event-id", "mcp-param-region"]));
    expect(allowed).not.toContain("x-evil");
  });
});
