import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { acceptJsonBytes, bodyParameters } from "../src/index.ts";
import { runApp, type RunningApp } from "./running-app.ts";

let running: RunningApp;
let served: string[];
beforeEach(async () => {
  served = [];
  running = await runApp(
    async (app) => {
      app.post("/token", async (request) => (served.push("token"), Object.fromEntries(bodyParameters(request))));
      app.post("/early", { onRequest: async (_request, reply) => void reply.hijack().raw.write("begun") }, async () => ({}));
      await app.register(async (scope) => {
        acceptJsonBytes(scope);
        scope.post("/relay", async (request) => (served.push(Buffer.isBuffer(request.body) ? request.body.toString("hex") : "?"), {}));
      });
    },
    { limits: { headersTimeoutMs: 300, requestTimeoutMs: 500, timeoutCheckMs: 20 } },
  );
});
afterEach(() => running.app.close());

const head = "POST /token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n";
const get = (rest: string): string => `GET /healthz HTTP/1.1\r\nHost: x\r\n${rest}Connection: close\r\n\r\n`;

describe("refuses, and goes on serving:", () => {
  test.each([
    { why: "what is not HTTP", bytes: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", status: 400 },
    { why: "a line that is none", bytes: "GET\r\n\r\n", status: 400 },
    { why: "a method that nobody knows", bytes: "FROB / HTTP/1.1\r\nHost: x\r\n\r\n", status: 400 },
    { why: "a version that nobody speaks", bytes: "GET / HTTP/9.9\r\nHost: x\r\n\r\n", status: 400 },
    { why: "no host", bytes: "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n", status: 400 },
    { why: "two hosts", bytes: get("Host: y\r\n"), status: 400 },
    { why: "two authorizations", bytes: get("Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"), status: 400 },
    { why: "two sessions", bytes: get("Mcp-Session-Id: a\r\nMCP-SESSION-ID: b\r\n"), status: 400 },
    { why: "headers without end", bytes: `GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(20_000)}`, status: 431 },
    { why: "a very long URL", bytes: `GET /${"x".repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, status: 431 },
    { why: "a header name with a blank", bytes: get("X y: 1\r\n"), status: 400 },
    { why: "a header value with a NUL", bytes: get("X: a\0b\r\n"), status: 400 },
    { why: "a folded header", bytes: get("X: a\r\n b\r\n"), status: 400 },
    { why: "a bare line feed where a line ends", bytes: "GET /healthz HTTP/1.1\nHost: x\n\n", status: 400 },
    { why: "two lengths", bytes: `${head}Content-Length: 3\r\nContent-Length: 4\r\n\r\na=1`, status: 400 },
    { why: "a length and chunks", bytes: `${head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, status: 400 },
    { why: "a length that is no number", bytes: `${head}Content-Length: -1\r\n\r\na=1`, status: 400 },
    { why: "a transfer encoding that is none", bytes: `${head}Transfer-Encoding: chunked, identity\r\n\r\na=1`, status: 400 },
    { why: "a chunk length that is no number", bytes: `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\na=1\r\n0\r\n\r\n`, status: 400 },
    { why: "more than the limit, announced", bytes: `${head}Content-Length: 999999999\r\n\r\n`, status: 413 },
    { why: "more than the limit, in chunks", bytes: `${head}Transfer-Encoding: chunked\r\n\r\n${`4000\r\n${"x".repeat(0x4000)}\r\n`.repeat(5)}`, status: 413 },
    { why: "a path that is not percent-encoded right", bytes: "GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", status: 400 },
    { why: "a path that is not UTF-8", bytes: "GET /%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", status: 400 },
    { why: "an expectation that nobody meets", bytes: `${head}Expect: magic\r\nContent-Length: 3\r\n\r\na=1`, status: 417 },
    { why: "headers that never end", bytes: "GET /healthz HTTP/1.1\r\nHost: x\r\nX: y\r\n", status: 408 },
    { why: "a body that never ends", bytes: `${head}Content-Length: 30\r\n\r\na=1`, status: 408 },
  ])("$why ($status)", async ({ bytes, status }) => {
    expect(await running.raw(Buffer.from(bytes, "latin1"))).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(served).toEqual([]);
    expect((await running.get("/healthz")).status).toBe(200);
    expect(running.lines.join("")).not.toContain('"level":"error"');
  });
});

test("an answer to broken bytes is short JSON and ends the connection", async () => {
  const answer = await running.raw("nonsense\r\n\r\n");
  expect(answer).toContain("content-type: application/json");
  expect(answer).toContain("connection: close");
  expect(answer.endsWith('\r\n\r\n{"error":"invalid_request"}')).toBe(true);
});

test("broken bytes behind a whole request are not answered in its place", async () => {
  const whole = "POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=1";
  expect(await running.raw(`${whole}nonsense\r\n\r\n`)).not.toContain(" 400 ");
});

test("broken bytes behind an answer that has begun do not mix into it", async () => {
  const answer = await running.raw("POST /early HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", "zz\r\n");
  expect(answer.match(/HTTP\/1\.1 /g)?.length).toBe(1);
  expect(answer).toContain("begun");
});

test("headers have a time limit of their own", async () => {
  const patient = await runApp(undefined, { limits: { headersTimeoutMs: 100, timeoutCheckMs: 20 } });
  expect(await patient.raw("GET /healthz HTTP/1.1\r\nHost: x\r\n")).toMatch(/^HTTP\/1\.1 408 /);
  await patient.app.close();
});

test.each([
  { why: "in its headers", bytes: "POST /token HTTP/1.1\r\nHost: x\r\nX-Half" },
  { why: "in its body", bytes: `${head}Content-Length: 30\r\n\r\na=1` },
  { why: "in a chunk", bytes: `${head}Transfer-Encoding: chunked\r\n\r\n10\r\na=1` },
  { why: "right behind a whole request", bytes: `${head}Content-Length: 3\r\n\r\na=1` },
])("a client that goes away $why harms nothing and fills no log", async ({ bytes }) => {
  await Promise.all(Array.from({ length: 20 }, () => running.cut(bytes)));
  expect((await running.get("/healthz")).status).toBe(200);
  expect(running.lines.join("")).not.toContain('"level":"error"');
});

test("a tunnel, an upgrade and a request to another host by name are not what they ask for", async () => {
  expect(await running.raw("CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n")).not.toContain(" 200 ");
  const upgrade = await running.raw("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n");
  expect(upgrade).not.toContain(" 101 ");
  expect(await running.raw("GET http://evil.example/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).not.toContain("evil");
  expect(await running.raw("OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).toMatch(/^HTTP\/1\.1 4\d\d /);
  expect((await running.get("/healthz")).status).toBe(200);
});

test("a thousand small headers are all read: none is dropped with the check it is for", async () => {
  const padding = Array.from({ length: 2_100 }, (_, index) => `${index.toString(36)}:\r\n`).join("");
  expect(await running.raw(get(`${padding}Authorization: a\r\nAuthorization: b\r\n`))).toMatch(/^HTTP\/1\.1 400 /);
});

test("a relayed body is the bytes that came, and a compressed one is refused", async () => {
  const post = (body: Buffer, headers: Record<string, string>): Promise<Response> =>
    fetch(`${running.base}/relay`, { method: "POST", body: new Uint8Array(body), headers });
  expect((await post(Buffer.from([0x7b, 0xff, 0x20, 0x7d]), { "content-type": "application/json" })).status).toBe(200);
  expect((await post(gzipSync("{}"), { "content-type": "application/json", "content-encoding": "gzip" })).status).toBe(415);
  expect((await post(Buffer.from("{}"), { "content-type": "text/plain" })).status).toBe(415);
  expect(served).toEqual(["7bff207d"]);
});
