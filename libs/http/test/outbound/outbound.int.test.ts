import { gzipSync } from "node:zlib";
import type { RequestListener } from "node:http";
import { createServer } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { createLog } from "@mcp-auth-proxy/telemetry";
import { createTestCertificate, startWebHost } from "@mcp-auth-proxy/testing";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { createOutbound, outboundLimits, type DocumentRequest, type Outbound, type OutboundOptions } from "../../src/outbound/outbound.ts";

const certificate = createTestCertificate(["localhost", "127.0.0.1", "127.0.0.2", "::1", "rebinding.example"]);
const log = createLog({ level: "error", format: "json", destination: { write: () => true } });
const asked: DocumentRequest = { accept: "application/json", maxBytes: 5_120, timeoutMs: 10_000 };
const document: RequestListener = (_request, response) => response.setHeader("content-type", "application/json").end("{}");

const outboundWith = (options: Partial<OutboundOptions> = {}): Outbound => createOutbound({ allowLoopback: true, limits: outboundLimits, log, ...options });
const problemOf = async (outbound: Outbound, url: string, changed: Partial<DocumentRequest> = {}): Promise<string> => {
  const answer = await outbound.fetchDocument(url, { ...asked, ...changed });
  return answer.ok ? "none" : answer.error.code;
};

beforeAll(() => setDefaultCACertificates([...getCACertificates("default"), certificate.certificate]));

describe("a document", () => {
  it("comes back as it was sent, and the request carries nothing of ours", async () => {
    let seen: unknown;
    await using host = await startWebHost(
      (request, response) => {
        seen = request.headers;
        response.setHeader("cache-control", "max-age=7").end('{"a":1}');
      },
      { certificate },
    );
    const answer = await outboundWith().fetchDocument(`https://localhost:${host.port}/a?b=c`, asked);
    expect(answer).toMatchObject({ ok: true, value: { status: 200, headers: { "cache-control": "max-age=7" } } });
    expect(answer.ok && Buffer.from(answer.value.body).toString()).toBe('{"a":1}');
    expect(host.requests).toEqual(["GET /a?b=c"]);
    expect(seen).toEqual({
      host: `localhost:${host.port}`,
      accept: "application/json",
      "accept-encoding": "identity",
      "user-agent": "mcp-auth-proxy",
      connection: "close",
    });
  });

  it("comes over http from loopback where that is allowed", async () => {
    await using host = await startWebHost(document);
    expect(await problemOf(outboundWith(), `http://127.0.0.1:${host.port}/`)).toBe("none");
  });

  it.each([201, 204, 206, 304, 400, 404, 500, 503])("is not what came with status %d", async (status) => {
    await using host = await startWebHost((_request, response) => response.writeHead(status).end(), { certificate });
    expect(await problemOf(outboundWith(), `https://localhost:${host.port}/`)).toBe(status === 304 ? "redirect" : "status");
  });

  it("is refused when the certificate is not trusted, whatever the environment says", async () => {
    await using host = await startWebHost(document, { certificate: createTestCertificate() });
    const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    try {
      expect(await problemOf(outboundWith(), `https://localhost:${host.port}/`)).toBe("connection");
    } finally {
      if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
    }
    expect(host.requests).toEqual([]);
  });

  it("is refused when the certificate is for another name", async () => {
    await using host = await startWebHost(document, { certificate });
    const outbound = outboundWith({ resolve: async () => ["127.0.0.1"] });
    expect(await problemOf(outbound, `https://client.example:${host.port}/`)).toBe("connection");
    expect(host.requests).toEqual([]);
  });
});

describe("an address that is not public", () => {
  it.each<[url: string, why: string]>([
    ["https://127.0.0.1:PORT/", "loopback"],
    ["https://localhost:PORT/", "loopback by name"],
    ["https://[::1]:PORT/", "loopback over IPv6"],
    ["https://127.0.0.2:PORT/", "the rest of loopback"],
    ["https://0.0.0.0:PORT/", "this host"],
    ["https://[::]:PORT/", "this host over IPv6"],
    ["https://[::ffff:7f00:1]:PORT/", "IPv4-mapped loopback"],
    ["https://[::ffff:a00:1]:PORT/", "IPv4-mapped private use"],
    ["https://10.0.0.1:PORT/", "private use"],
    ["https://169.254.169.254:PORT/", "a metadata service"],
    ["https://[64:ff9b::a9fe:a9fe]:PORT/", "a metadata service through NAT64"],
  ])("is not connected to: %s (%s)", async (template) => {
    await using host = await startWebHost(document, { certificate, address: "::" });
    expect(await problemOf(outboundWith({ allowLoopback: false }), template.replace("PORT", String(host.port)))).toBe("address");
    expect(host.connections).toBe(0);
  });

  it.each(["https://127.0.0.2:PORT/", "https://[::ffff:7f00:1]:PORT/", "https://0.0.0.0:PORT/"])("is not connected to either where we are on loopback ourselves: %s", async (template) => {
    await using host = await startWebHost(document, { certificate, address: "::" });
    expect(await problemOf(outboundWith(), template.replace("PORT", String(host.port)))).toBe("address");
    expect(host.connections).toBe(0);
  });

  it.each<[addresses: readonly string[], why: string]>([
    [["10.0.0.1"], "private use"],
    [["::ffff:10.0.0.1"], "IPv4-mapped"],
    [["8.8.8.8", "127.0.0.1"], "one good address does not vouch for the other"],
    [["2606:4700::1", "fd00:ec2::254"], "nor over IPv6"],
    [["2130706433"], "no resolver answers so"],
    [[""], "nor so"],
  ])("is not connected to when a name leads there: %j (%s)", async (addresses) => {
    const outbound = outboundWith({ allowLoopback: false, resolve: async () => addresses });
    expect(await problemOf(outbound, "https://client.example/")).toBe("address");
  });

  it("is not connected to when the name leads there on a second question (rebinding)", async () => {
    await using good = await startWebHost(document, { certificate });
    await using inside = await startWebHost(document, { certificate, address: "127.0.0.2", port: good.port });
    const answers = ["127.0.0.1", "127.0.0.2", "127.0.0.2"];
    let questions = 0;
    const resolve = async (): Promise<readonly string[]> => [answers[questions++] ?? ""];
    expect(await problemOf(outboundWith({ resolve }), `https://rebinding.example:${good.port}/`)).toBe("none");
    expect({ questions, good: good.connections, inside: inside.connections }).toEqual({ questions: 1, good: 1, inside: 0 });
  });

  it("is not spoken to by http although its name is localhost", async () => {
    const outbound = outboundWith({ resolve: async () => ["8.8.8.8"] });
    expect(await problemOf(outbound, "http://localhost/")).toBe("address");
  });

  it("is no failure of the name: a name without an address is", async () => {
    expect(await problemOf(outboundWith({ resolve: async () => [] }), "https://client.example/")).toBe("name");
    const failing = async (): Promise<readonly string[]> => {
      throw Object.assign(new Error("no"), { code: "ENOTFOUND" });
    };
    expect(await problemOf(outboundWith({ resolve: failing }), "https://client.example/")).toBe("name");
  });
});

describe("a redirect", () => {
  it.each([301, 302, 303, 307, 308])("is not followed (%d)", async (status) => {
    await using inside = await startWebHost(document, { address: "127.0.0.2" });
    await using host = await startWebHost((_request, response) => response.writeHead(status, { location: `http://127.0.0.2:${inside.port}/` }).end(), { certificate });
    const outbound = outboundWith();
    const url = `https://localhost:${host.port}/`;
    expect(await problemOf(outbound, url)).toBe("redirect");
    expect(host.requests).toHaveLength(1);
    expect(inside.connections).toBe(0);
  });
});

describe("a size", () => {
  const sending = (bytes: number, announced: boolean): RequestListener => (_request, response) => {
    if (announced) response.setHeader("content-length", bytes);
    response.write("x".repeat(bytes - 1));
    response.end("x");
  };

  it.each([true, false])("of exactly the bound is taken (length announced: %s)", async (announced) => {
    await using host = await startWebHost(sending(5_120, announced), { certificate });
    expect(await problemOf(outboundWith(), `https://localhost:${host.port}/`)).toBe("none");
  });

  it.each([true, false])("of one byte more is refused (length announced: %s)", async (announced) => {
    await using host = await startWebHost(sending(5_121, announced), { certificate });
    expect(await problemOf(outboundWith(), `https://localhost:${host.port}/`)).toBe("too_large");
  });

  it.each([
    [200, "too_large"],
    [404, "status"],
  ])("without an end is cut (status %d)", async (status, problem) => {
    let hungUp: (() => void) | undefined;
    const gone = new Promise<void>((resolve) => (hungUp = resolve));
    await using host = await startWebHost(
      (_request, response) => {
        response.writeHead(status);
        const more = setInterval(() => response.write("x".repeat(1_024)), 1);
        response.on("close", () => {
          clearInterval(more);
          hungUp?.();
        });
      },
      { certificate },
    );
    expect(await problemOf(outboundWith(), `https://localhost:${host.port}/`)).toBe(problem);
    await gone;
  });

  it("of the header has a bound too", async () => {
    await using host = await startWebHost((_request, response) => response.setHeader("x-long", "x".repeat(20_000)).end("{}"), { certificate });
    expect(await problemOf(outboundWith(), `https://localhost:${host.port}/`)).toBe("connection");
  });

  it("that only shows when it is unpacked is not unpacked", async () => {
    const bomb = gzipSync(Buffer.alloc(1_000_000));
    await using host = await startWebHost((_request, response) => response.setHeader("content-encoding", "gzip").end(bomb), { certificate });
    expect(await problemOf(outboundWith(), `https://localhost:${host.port}/`)).toBe("encoding");
  });
});

describe("an answer that does not come", () => {
  it.each<[why: string, listener: RequestListener]>([
    ["nothing at all", () => undefined],
    ["a header and nothing else", (_request, response) => response.flushHeaders()],
    [
      "a byte now and then, each in time",
      (_request, response) => {
        const drip = setInterval(() => response.write(" "), 20);
        response.on("close", () => clearInterval(drip));
      },
    ],
  ])("is not waited for: %s", async (_why, listener) => {
    await using host = await startWebHost(listener, { certificate });
    expect(await problemOf(outboundWith(), `https://localhost:${host.port}/`, { timeoutMs: 300 })).toBe("timeout");
  });

  it("is not waited for when the handshake hangs", async () => {
    const server = createServer((socket) => socket.on("error", () => socket.destroy()).resume());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    expect(await problemOf(outboundWith(), `https://127.0.0.1:${port}/`, { timeoutMs: 300 })).toBe("timeout");
    await new Promise((resolve) => server.close(resolve));
  });

  it("is not waited for when the name hangs", async () => {
    const outbound = outboundWith({ resolve: () => new Promise(() => undefined) });
    expect(await problemOf(outbound, "https://client.example/", { timeoutMs: 50 })).toBe("timeout");
  });

  it("is given up when the caller says so", async () => {
    const caller = new AbortController();
    await using host = await startWebHost(() => caller.abort(), { certificate });
    expect(await problemOf(outboundWith(), `https://localhost:${host.port}/`, { signal: caller.signal })).toBe("aborted");
  });

  it("is a failed connection when nobody listens", async () => {
    const host = await startWebHost(document);
    await host[Symbol.asyncDispose]();
    expect(await problemOf(outboundWith(), `https://127.0.0.1:${host.port}/`)).toBe("connection");
  });

  it("is a failed connection when it breaks off in the middle", async () => {
    await using host = await startWebHost(
      (_request, response) => {
        response.setHeader("content-length", 100).write("{");
        setImmediate(() => response.destroy());
      },
      { certificate },
    );
    expect(await problemOf(outboundWith(), `https://localhost:${host.port}/`)).toBe("connection");
  });
});

describe("requests under way", () => {
  const waiting: (() => void)[] = [];
  afterEach(() => waiting.splice(0).forEach((answer) => answer()));
  const slow: RequestListener = (_request, response) => waiting.push(() => response.end("{}"));
  const arrived = async (requests: readonly string[], count: number): Promise<void> => {
    await expect.poll(() => requests.length).toBe(count);
  };

  it("have a number to one host, which is free again afterwards", async () => {
    await using host = await startWebHost(slow, { certificate });
    const outbound = outboundWith({ limits: { atOnce: 10, perHost: 1 } });
    const url = `https://localhost:${host.port}/`;
    const first = problemOf(outbound, url);
    await arrived(host.requests, 1);
    expect(await problemOf(outbound, url)).toBe("busy");
    waiting.splice(0).forEach((answer) => answer());
    expect(await first).toBe("none");
    const next = problemOf(outbound, url);
    await arrived(host.requests, 2);
    waiting.splice(0).forEach((answer) => answer());
    expect(await next).toBe("none");
  });

  it("have a number in all", async () => {
    await using host = await startWebHost(slow, { certificate });
    const outbound = outboundWith({ limits: { atOnce: 1, perHost: 1 } });
    const first = problemOf(outbound, `https://localhost:${host.port}/`);
    await arrived(host.requests, 1);
    expect(await problemOf(outbound, "https://client.example/")).toBe("busy");
    waiting.splice(0).forEach((answer) => answer());
    expect(await first).toBe("none");
  });
});

describe("the environment", () => {
  it("names no proxy that is used", async () => {
    await using proxy = await startWebHost(document);
    await using host = await startWebHost(document, { certificate });
    const names = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "NODE_USE_ENV_PROXY"];
    const before = names.map((name) => process.env[name]);
    for (const name of names) process.env[name] = name === "NODE_USE_ENV_PROXY" ? "1" : `http://127.0.0.1:${proxy.port}`;
    try {
      expect(await problemOf(outboundWith(), `https://localhost:${host.port}/`)).toBe("none");
    } finally {
      names.forEach((name, at) => (before[at] === undefined ? delete process.env[name] : (process.env[name] = before[at])));
    }
    expect(proxy.connections).toBe(0);
  });
});
