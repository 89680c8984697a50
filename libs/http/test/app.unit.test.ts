import { AppError } from "@mcp-auth-proxy/contracts";
import { afterEach, describe, expect, test } from "vitest";
import { bodyParameters, OAuthError, queryParameters, type HttpAppOptions } from "../src/index.ts";
import { runApp, type RunningApp } from "./running-app.ts";

let running: RunningApp | undefined;
afterEach(() => running?.app.close());

type Mount = Parameters<typeof runApp>[0];
const run = async (mount?: Mount, options?: Partial<HttpAppOptions>): Promise<RunningApp> => (running = await runApp(mount, options));
const json = async (response: Response): Promise<unknown> => JSON.parse(await response.text()) as unknown;

describe("an answer", () => {
  test("names neither the server nor the framework, and forbids sniffing, referring and storing", async () => {
    const { get } = await run();
    const { headers } = await get("/healthz");
    expect(headers.get("server")).toBeNull();
    expect(headers.get("x-powered-by")).toBeNull();
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  });

  test("keeps what a route says about caching", async () => {
    const { get } = await run((app) => void app.get("/public", async (_request, reply) => reply.header("cache-control", "public, max-age=60").send({})));
    expect((await get("/public")).headers.get("cache-control")).toBe("public, max-age=60");
  });

  test("to an unknown path is 404 with a body that says only that", async () => {
    const { get } = await run();
    const response = await get("/nope?code=S3cr3t");
    expect(response.status).toBe(404);
    expect(await json(response)).toEqual({ error: "not_found" });
  });

  test("to a method that a path does not have is 405 and names those it has", async () => {
    const { base } = await run((app) => {
      app.post("/token", async () => ({}));
      app.get("/items/:id/parts", async () => ({}));
    });
    const response = await fetch(`${base}/token`);
    expect([response.status, response.headers.get("allow"), await json(response)]).toEqual([405, "POST, OPTIONS", { error: "method_not_allowed" }]);
    const other = await fetch(`${base}/items/7/parts`, { method: "DELETE" });
    expect([other.status, other.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
    expect((await fetch(`${base}/items/7/8/parts`, { method: "DELETE" })).status).toBe(404);
  });

  test("to OPTIONS is 204 where something is, 404 where nothing is", async () => {
    const { base } = await run((app) => void app.post("/token", async () => ({})));
    expect((await fetch(`${base}/token`, { method: "OPTIONS" })).status).toBe(204);
    expect((await fetch(`${base}/nope`, { method: "OPTIONS" })).status).toBe(404);
  });

  test("to HEAD is that of GET without the body", async () => {
    const { base } = await run();
    const response = await fetch(`${base}/healthz`, { method: "HEAD" });
    expect([response.status, response.headers.get("content-length"), await response.text()]).toEqual([200, "15", ""]);
  });
});

describe("an error", () => {
  test("that nobody foresaw says server_error and a reference, which is in the log with the error", async () => {
    const { get, lines } = await run((app) => void app.get("/boom", async () => { throw new Error("insides"); }));
    const response = await get("/boom");
    const reference = response.headers.get("x-correlation-id") ?? "none";
    expect([response.status, await response.text()]).toEqual([500, '{"error":"server_error"}']);
    expect(lines.find((line) => line.includes("insides"))).toContain(`"reference":"${reference}"`);
  });

  test.each([
    { why: "a string", thrown: "insides" },
    { why: "an error that claims a status and a message", thrown: Object.assign(new Error("insides"), { statusCode: 418, code: "E_INSIDES" }) },
    { why: "undefined", thrown: undefined },
    { why: "an error of the bus", thrown: new AppError("internal", "insides") },
  ])("that is $why says no more than server_error", async ({ thrown }) => {
    const { get } = await run((app) => void app.get("/boom", () => Promise.reject(thrown)));
    const response = await get("/boom");
    expect([response.status, await response.text()]).toEqual([500, '{"error":"server_error"}']);
  });

  test("in making the answer itself says server_error", async () => {
    const { get } = await run((app) => void app.get("/boom", async () => ({ big: 1n })));
    const response = await get("/boom");
    expect([response.status, await response.text()]).toEqual([500, '{"error":"server_error"}']);
  });

  test("in OAuth's terms has its status, its constant text and its headers, and keeps its detail", async () => {
    const { get, lines } = await run((app) => void app.get("/boom", async () => {
      throw new OAuthError("invalid_token", "kid unknown", { headers: { "www-authenticate": 'Bearer error="invalid_token"' } });
    }));
    const response = await get("/boom");
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
    expect(await json(response)).toEqual({ error: "invalid_token", error_description: "The access token is missing, expired, revoked, or not meant for this resource." });
    expect(lines.join("")).toContain("kid unknown");
  });

  test.each([
    ["bad_request", 400, "invalid_request"],
    ["not_found", 404, "not_found"],
    ["refused", 403, "access_denied"],
    ["limit_exceeded", 429, "slow_down"],
    ["no_responders", 503, "temporarily_unavailable"],
    ["timeout", 503, "temporarily_unavailable"],
    ["unavailable", 503, "temporarily_unavailable"],
    ["conflict", 503, "temporarily_unavailable"],
    ["undecryptable", 500, "server_error"],
  ] as const)("of the bus, %s, becomes %i %s", async (code, status, error) => {
    const { get } = await run((app) => void app.get("/boom", () => Promise.reject(new AppError(code, "insides"))));
    const response = await get("/boom");
    const body = await response.text();
    expect(response.status).toBe(status);
    expect(body).toContain(`"error":"${error}"`);
    expect(body).not.toContain("insides");
  });
});

describe("input", () => {
  const token: Mount = (app) => {
    app.post("/token", async (request) => Object.fromEntries(bodyParameters(request)));
    app.get("/query", async (request) => ({ ours: Object.fromEntries(queryParameters(request)), framework: request.query }));
    app.post("/large", { bodyLimit: 200_000 }, async (request) => ({ length: String(request.body).length }));
  };
  const post = (base: string, body: RequestInit["body"], type?: string, path = "/token"): Promise<Response> =>
    fetch(base + path, { method: "POST", ...(body === undefined ? {} : { body }), headers: type === undefined ? {} : { "content-type": type } });

  test("as a form and as JSON is the same", async () => {
    const { base } = await run(token);
    expect(await json(await post(base, "a=1&b=x+y", "application/x-www-form-urlencoded"))).toEqual({ a: "1", b: "x y" });
    expect(await json(await post(base, '{"a":"1","b":"x y"}', "application/json; charset=utf-8"))).toEqual({ a: "1", b: "x y" });
    expect(await json(await post(base, undefined))).toEqual({});
  });

  test("in the query is read by our rules, and the framework's reading is empty", async () => {
    const { get } = await run(token);
    expect(await json(await get("/query?a=1&b=%41"))).toEqual({ ours: { a: "1", b: "A" }, framework: {} });
    expect((await get("/query?a=1&a=2")).status).toBe(400);
    expect((await get("/query?a=%zz")).status).toBe(400);
  });

  test.each([
    { why: "a duplicate parameter", body: "a=1&a=2", type: "application/x-www-form-urlencoded", status: 400 },
    { why: "nested JSON", body: '{"a":{}}', type: "application/json", status: 400 },
    { why: "bytes that are not UTF-8", body: Buffer.from([0x61, 0x3d, 0xff]), type: "application/x-www-form-urlencoded", status: 400 },
    { why: "plain text", body: "a=1", type: "text/plain", status: 415 },
    { why: "a multipart form", body: "x", type: "multipart/form-data; boundary=x", status: 415 },
    { why: "no type", body: Buffer.from("a=1"), type: undefined, status: 415 },
    { why: "a type that is none", body: "a=1", type: "???", status: 415 },
    { why: "another charset", body: "a=1", type: "application/x-www-form-urlencoded; charset=utf-16", status: 415 },
    { why: "too much", body: `a=${"x".repeat(65_536)}`, type: "application/x-www-form-urlencoded", status: 413 },
  ])("with $why is refused with $status", async ({ body, type, status }) => {
    const { base } = await run(token);
    const response = await post(base, body, type);
    expect([response.status, await json(response)]).toEqual([status, expect.objectContaining({ error: "invalid_request" })]);
  });

  test("that is compressed is refused", async () => {
    const { base } = await run(token);
    const response = await fetch(`${base}/token`, { method: "POST", body: "a=1", headers: { "content-type": "application/x-www-form-urlencoded", "content-encoding": "gzip" } });
    expect(response.status).toBe(415);
  });

  test("may be larger where a route says so", async () => {
    const { base } = await run(token);
    expect((await post(base, `a=${"x".repeat(100_000)}`, "application/x-www-form-urlencoded", "/large")).status).toBe(200);
  });

  test("checked by a schema is neither coerced nor trimmed to fit", async () => {
    const seen: unknown[] = [];
    const { get } = await run((app) => {
      const params = { type: "object", properties: { id: { type: "integer" } }, additionalProperties: false };
      app.get("/items/:id", { schema: { params } }, async (request) => (seen.push(request.params), {}));
    });
    expect((await get("/items/7")).status).toBe(400);
    expect(seen).toEqual([]);
  });
});

test("the log has a line a request with the route and not the URL, and none at info for probes", async () => {
  let now = 1_000;
  const { get, lines } = await run((app) => void app.get("/callback", async () => ((now += 25), {})), { clock: { now: () => now } });
  await get("/callback?code=Canary&state=Canary");
  await get("/Canary");
  await get("/healthz");
  await expect.poll(() => lines.filter((line) => line.includes('"msg":"request"')).length).toBe(3);
  const [callback, unmatched, probe] = lines.filter((line) => line.includes('"msg":"request"')).map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(callback).toMatchObject({ level: "info", method: "GET", route: "/callback", status: 200, durationMs: 25, reference: expect.stringMatching(/^\w{12}$/) as unknown });
  expect(unmatched).toMatchObject({ level: "info", route: "unmatched", status: 404 });
  expect(probe).toMatchObject({ level: "debug", route: "/healthz" });
  expect(lines.join("")).not.toContain("Canary");
});

test("a correlation id is ours, whatever the client sends", async () => {
  const { base } = await run((app) => void app.get("/boom", async () => { throw new Error("x"); }));
  const response = await fetch(`${base}/boom`, { headers: { "x-correlation-id": "mine", "request-id": "mine", "x-request-id": "mine" } });
  expect(response.headers.get("x-correlation-id")).toMatch(/^\w{12}$/);
});

test("the framework tells an operator nothing: what it has to say is for debugging", async () => {
  const { lines, get } = await run();
  await get("/nope");
  const told = lines.map((line) => JSON.parse(line) as { level: string; msg: string }).filter(({ level }) => level === "info");
  expect(told.map(({ msg }) => msg)).toEqual(["request"]);
  expect(lines.join("")).toContain("Server listening");
});
