import { request as httpRequest } from "node:http";
import { AppError } from "@mcp-auth-proxy/contracts";
import { createFakeClock, McpSession, request, waitFor } from "@mcp-auth-proxy/testing";
import { SignJWT } from "jose";
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

describe("A16, A18: tokens that are refused, all with the same answer", () => {
  const other = "http://localhost:1/mcp";
  const cases: readonly [string, () => Promise<Record<string, string>>][] = [
    ["for another resource", () => bearer({ audience: other })],
    ["for a resource that only starts alike", async () => bearer({ audience: `${bridge.resource}-other` })],
    ["for ours among others", async () => bearer({ audience: [bridge.resource, other] })],
    ["for our resource with a slash", async () => bearer({ audience: `${bridge.resource}/` })],
    ["of another issuer", () => bearer({ issuer: "https://accounts.google.com" })],
    ["that expires now", () => bearer({ expiresAt: clock.now() })],
    ["that is not valid yet", () => bearer({ claims: { nbf: Math.floor(clock.now() / 1000) + 10 } })],
    ["from the future", () => bearer({ issuedAt: clock.now() + 120_000 })],
    ["of another type", () => bearer({ typ: "JWT" })],
    ["signed by an unknown key", () => bearer({ kid: "../../etc/passwd" })],
    ["with another key under a known name", async () => ({ authorization: `Bearer ${await foreignToken()}` })],
    ["without a signature", async () => ({ authorization: `Bearer ${unsigned("none")}` })],
    ["signed with the public key as a secret", async () => ({ authorization: `Bearer ${await symmetric()}` })],
    ...["grant", "sub", "client_id", "scope", "exp", "iat", "jti", "aud"].map(
      (claim): [string, () => Promise<Record<string, string>>] => [`without ${claim}`, () => bearer({ without: [claim] })],
    ),
    ["with a subject that is no text", () => bearer({ claims: { sub: 7 } })],
    ["of enormous claims", () => bearer({ claims: { pad: "x".repeat(5_000) } })],
    ["that is no JWT", async () => ({ authorization: "Bearer abc" })],
    ["in another scheme", async () => ({ authorization: "Basic YTpi" })],
    ["that is empty", async () => ({ authorization: "Bearer " })],
  ];

  it.each(cases)("a token %s", async (_name, headers) => {
    const answer = await ask("POST", await headers());
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe(
      `Bearer error="invalid_token", error_description="The access token is not valid here.", resource_metadata="${bridge.base}/.well-known/oauth-protected-resource/mcp", scope="mcp-access"`,
    );
    expect(answer.json()).toEqual({ jsonrpc: "2.0", error: { code: -32600, message: "The access token is not valid here." } });
    expect((await ask("POST", await bearer())).status).toBe(400);
  });

  it("a token in the query, even beside a good one", async () => {
    const good = await bridge.token();
    expect((await ask("POST", {}, `?access_token=${good}`)).status).toBe(401);
    expect((await ask("POST", { authorization: `Bearer ${good}` }, "?a=b&access_token=x")).status).toBe(401);
    expect((await ask("POST", { authorization: `Bearer ${good}` }, "?a=b")).status).toBe(400);
  });

  it("a token that was good until its second is over, cached or not", async () => {
    const authorization = await bearer({ expiresAt: clock.now() + 1000 });
    expect((await ask("POST", authorization)).status).toBe(400);
    clock.advance(1000);
    expect((await ask("POST", authorization)).status).toBe(401);
  });

  const foreignToken = async (): Promise<string> => {
    const { generateKeyPair } = await import("jose");
    const { privateKey } = await generateKeyPair("ES256");
    const second = Math.floor(clock.now() / 1000);
    return new SignJWT({ iss: bridge.base, aud: bridge.resource, sub: "s", client_id: "c", grant: "g", scope: "mcp-access", jti: "j", iat: second, exp: second + 60 })
      .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "key-1" })
      .sign(privateKey);
  };
  const claims = () => ({ iss: bridge.base, aud: bridge.resource, sub: "s", client_id: "c", grant: "g", scope: "mcp-access", jti: "j", iat: Math.floor(clock.now() / 1000), exp: Math.floor(clock.now() / 1000) + 60 });
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const unsigned = (alg: string): string => `${encode({ alg, typ: "at+jwt", kid: "key-1" })}.${encode(claims())}.`;
  const symmetric = (): Promise<string> =>
    new SignJWT(claims()).setProtectedHeader({ alg: "HS256", typ: "at+jwt", kid: "key-1" }).sign(Buffer.from("the public key, for all we know"));
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
