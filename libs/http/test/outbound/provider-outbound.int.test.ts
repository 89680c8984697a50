import type { RequestListener } from "node:http";
import { createServer } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { gzipSync } from "node:zlib";
import { createLog } from "@mcp-auth-proxy/telemetry";
import { createTestCertificate, startWebHost, waitFor } from "@mcp-auth-proxy/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { outboundLimits } from "../../src/outbound/outbound.ts";
import { createProviderOutbound, type ProviderOutbound, type ProviderOutboundOptions, type ProviderRequest } from "../../src/outbound/provider-outbound.ts";

const log = createLog({ level: "error", format: "json", destination: { write: () => true } });
const asked: ProviderRequest = { method: "GET", headers: {}, maxBytes: 5_120, timeoutMs: 10_000 };
const outboundTo = (configured: readonly string[], options: Partial<ProviderOutboundOptions> = {}): ProviderOutbound => createProviderOutbound({ configured, limits: outboundLimits, log, ...options });
const problemOf = async (outbound: ProviderOutbound, url: string, changed: Partial<ProviderRequest> = {}): Promise<string> => {
  const answer = await outbound.send(url, { ...asked, ...changed });
  return answer.ok ? "none" : answer.error.code;
};
const certificate = createTestCertificate();
const silent: RequestListener = () => undefined;

beforeAll(() => setDefaultCACertificates([...getCACertificates("default"), certificate.certificate]));

describe("a request to a provider", () => {
  it("brings body and headers there, and every answer but a redirect back", async () => {
    const seen: unknown[] = [];
    await using host = await startWebHost((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        seen.push(request.method, request.headers, Buffer.concat(chunks).toString());
        response.writeHead(400, { "content-type": "application/json" }).end('{"error":"x"}');
      });
    });
    const url = `http://127.0.0.1:${host.port}/token`;
    const answer = await outboundTo([url]).send(url, { ...asked, method: "POST", headers: { authorization: "Basic abc", host: "evil.example" }, body: Buffer.from("a=b") });
    expect(answer).toMatchObject({ ok: true, value: { status: 400 } });
    expect(seen[0]).toBe("POST");
    expect(seen[1]).toMatchObject({ authorization: "Basic abc", host: `127.0.0.1:${host.port}`, "content-length": "3", "accept-encoding": "identity" });
    expect(seen[2]).toBe("a=b");
  });

  it("goes to loopback only where the operator named that very host and port (B01)", async () => {
    await using own = await startWebHost((_request, response) => response.end("{}"));
    await using other = await startWebHost((_request, response) => response.end("{}"));
    const outbound = outboundTo([`http://127.0.0.1:${own.port}`, "https://idp.example"]);
    expect(await problemOf(outbound, `http://127.0.0.1:${own.port}/a`)).toBe("none");
    expect(await problemOf(outbound, `http://127.0.0.1:${other.port}/a`)).toBe("url");
    expect(await problemOf(outbound, `https://127.0.0.1:${other.port}/a`)).toBe("address");
    expect(other.requests).toEqual([]);
  });

  it.each(["10.0.0.1", "169.254.169.254", "fd00::1", "100.64.0.1"])("does not go to %s for a name that somebody else named (B01)", async (address) => {
    const outbound = outboundTo(["https://idp.example"], { resolve: async () => [address] });
    expect(await problemOf(outbound, "https://tokens.example/token")).toBe("address");
  });

  it.each(["file:///etc/passwd", "javascript:alert(1)", "https://idp.example/$(id)|x", "-https://idp.example", "http://idp.example/", "https://user@idp.example/", "https://idp.example/../x", "https://idp.example/#f"])(
    "does not go to %s (B03)",
    async (url) => {
      const outbound = outboundTo(["https://idp.example"]);
      expect(outbound.mayGoTo(url)).toBe(false);
      expect(await problemOf(outbound, url)).toBe("url");
    },
  );

  it("follows no redirect: no header goes astray (B09)", async () => {
    await using elsewhere = await startWebHost((_request, response) => response.end("{}"));
    await using host = await startWebHost((_request, response) => response.writeHead(307, { location: `http://127.0.0.1:${elsewhere.port}/` }).end());
    const url = `http://127.0.0.1:${host.port}/`;
    expect(await problemOf(outboundTo([url, `http://127.0.0.1:${elsewhere.port}`]), url, { headers: { authorization: "Bearer x" } })).toBe("redirect");
    expect(elsewhere.requests).toEqual([]);
  });

  it("is bounded in bytes, in time, and by who gives up; nothing packed is unpacked", async () => {
    await using large = await startWebHost((_request, response) => response.end("x".repeat(6_000)));
    await using packed = await startWebHost((_request, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("{}")));
    await using slow = await startWebHost(silent);
    const outbound = outboundTo([large, packed, slow].map(({ port }) => `http://127.0.0.1:${port}`));
    expect(await problemOf(outbound, `http://127.0.0.1:${large.port}/`)).toBe("too_large");
    expect(await problemOf(outbound, `http://127.0.0.1:${packed.port}/`)).toBe("encoding");
    expect(await problemOf(outbound, `http://127.0.0.1:${slow.port}/`, { timeoutMs: 50 })).toBe("timeout");
    const controller = new AbortController();
    const given = problemOf(outbound, `http://127.0.0.1:${slow.port}/`, { signal: controller.signal });
    controller.abort();
    expect(await given).toBe("aborted");
  });

  it("says that nobody is there", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await new Promise((resolve) => server.close(resolve));
    expect(await problemOf(outboundTo([`http://127.0.0.1:${port}`]), `http://127.0.0.1:${port}/`)).toBe("connection");
  });

  it("waits for nobody when too many are under way", async () => {
    await using slow = await startWebHost(silent);
    const url = `http://127.0.0.1:${slow.port}/`;
    const outbound = outboundTo([url], { limits: { atOnce: 1, perHost: 1 } });
    const controller = new AbortController();
    const first = problemOf(outbound, url, { signal: controller.signal });
    expect(await problemOf(outbound, url)).toBe("busy");
    controller.abort();
    expect(await first).toBe("aborted");
  });

  describe.each(["http", "https"])("over %s, with a word before the first byte", (scheme) => {
    const host = (seen: string[]) => startWebHost((_request, response) => response.end(`${seen.push("arrived")}`), scheme === "https" ? { certificate } : {});

    it("is written when that was said, over a connection that stands", async () => {
      const seen: string[] = [];
      await using server = await host(seen);
      const url = `${scheme}://localhost:${server.port}/`;
      const beforeSending = async (): Promise<void> => {
        await waitFor("the connection", () => server.connections === 1);
        seen.push("asked");
      };
      expect(await problemOf(outboundTo([url]), url, { method: "POST", body: Buffer.from("a=b"), beforeSending })).toBe("none");
      expect(seen).toEqual(["asked", "arrived"]);
    });

    it("is not written at all when that was refused", async () => {
      await using server = await host([]);
      const url = `${scheme}://localhost:${server.port}/`;
      const beforeSending = (): Promise<void> => Promise.reject(new Error("too late"));
      expect(await problemOf(outboundTo([url]), url, { method: "POST", body: Buffer.from("a=b"), beforeSending })).toBe("connection");
      expect(server.requests).toEqual([]);
    });
  });
});
