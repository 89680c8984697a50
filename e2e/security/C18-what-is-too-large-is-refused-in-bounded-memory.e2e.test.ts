import { readFileSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { type Gateway, McpSession, request, signIn } from "@mcp-auth-proxy/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { useGateway } from "../support/use-gateway.ts";

const oversizedServer = [process.execPath, join(import.meta.dirname, "../support/oversized-server.ts")];
const mega = 1_000_000;
/** What a gateway may need beside its rest: a few bodies and lines at their limits, and garbage. Each attack brings several times that. */
const mostBytes = 200 * mega;

/** Runs an attack; answers with what the memory of the gateway grew by at its highest. */
const peakOf = async (gateway: Gateway, attack: () => Promise<void>): Promise<number> => {
  const resident = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(readFileSync(`/proc/${gateway.pid}/status`, "utf8"))?.[1]) * 1024;
  const before = resident("VmRSS");
  // proc(5): the peak starts anew from here.
  writeFileSync(`/proc/${gateway.pid}/clear_refs`, "5");
  await attack();
  return resident("VmHWM") - before;
};

/** Posts chunks for as long as they are taken; answers with the status, undefined where the connection was broken off first. */
const postEndlessly = (session: McpSession, bytes: number, headers: Readonly<Record<string, string>>): Promise<number | undefined> =>
  new Promise((resolve) => {
    const chunk = Buffer.alloc(mega, 0x20);
    const sending = httpRequest(session.url, { method: "POST", agent: false, headers: session.headers(headers) }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sending.on("error", () => resolve(undefined));
    let left = bytes;
    const more = (): void => {
      while (left > 0 && !sending.destroyed) {
        left -= chunk.length;
        if (!sending.write(chunk)) {
          sending.once("drain", more);
          return;
        }
      }
      sending.end();
    };
    more();
  });

const nested = (depth: number, open: string, close: string): string => `${open.repeat(depth)}1${close.repeat(depth)}`;
const inParams = (value: string): string => `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":${value}}}`;

describe("C18 what is too large, too deep or not what it seems", () => {
  const gateway = useGateway({ command: oversizedServer });
  let attacking: McpSession;
  let watching: McpSession;
  beforeAll(async () => {
    const { tokens } = await signIn(gateway());
    attacking = new McpSession(gateway().mcpUrl, tokens.accessToken);
    watching = new McpSession(gateway().mcpUrl, (await signIn(gateway())).tokens.accessToken);
    for (const session of [attacking, watching]) expect((await session.initialize()).status).toBe(200);
  });
  const post = (body: string, headers: Readonly<Record<string, string>> = {}) => request(attacking.url, { method: "POST", headers: attacking.headers(headers), body });
  /** Who attacked and who did not are served as before, by a gateway that has not begun anew. */
  const expectService = async (): Promise<void> => {
    for (const session of [attacking, watching]) expect(await session.call("ping")).toMatchObject({ result: {} });
    expect(gateway().exit).toBeUndefined();
  };

  it.each([
    ["templates in templates", "{".repeat(1_000_000)],
    ["variables that match in every way", "{a,".repeat(300_000)],
    ["slashes and dots", "/..//".repeat(300_000)],
    ["escapes", "%25".repeat(500_000)],
  ])("C18 a resource URI of %s is the server's to read: it arrives whole, and others are served after it", async (_what, middle) => {
    const uri = `test://${middle}!`;
    const growth = await peakOf(gateway(), async () => {
      for (let round = 0; round < 20; round += 1) {
        const answer = await attacking.call("resources/read", { uri });
        expect(answer.result).toEqual({ contents: [{ uri: uri.slice(-16), text: String(uri.length) }] });
      }
    });
    expect(growth).toBeLessThan(mostBytes);
    await expectService();
  });

  it.each([
    ["arrays", inParams(nested(1_900_000, "[", "]"))],
    ["objects", inParams(nested(600_000, '{"a":', "}"))],
    ["arrays one deeper than is taken", inParams(nested(257, "[", "]"))],
    ["arrays that never end", `{"jsonrpc":"2.0","id":1,"method":"ping","params":${"[".repeat(4_000_000)}`],
    ["objects that hold every name twice", inParams(nested(300_000, '{"a":1,"a":', "}"))],
  ])("C18 JSON of %s is 400", async (_what, body) => {
    const growth = await peakOf(gateway(), async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => post(body)));
      for (const answer of answers) expect([answer.status, answer.json()]).toMatchObject([400, { jsonrpc: "2.0", error: { code: -32700 } }]);
    });
    expect(growth).toBeLessThan(mostBytes);
    await expectService();
  });

  it.each([
    ["says so", { "content-length": String(100 * mega) }],
    ["does not say so", { "transfer-encoding": "chunked" }],
  ])("C18 a body of 100 MB that %s is 413, and not taken in", async (_what, headers) => {
    const growth = await peakOf(gateway(), async () => {
      const statuses = await Promise.all(Array.from({ length: 10 }, () => postEndlessly(attacking, 100 * mega, headers)));
      // A connection that is broken off is a refusal too: the answer may be lost while the client still writes.
      for (const status of statuses) expect([413, undefined]).toContain(status);
    });
    expect(growth).toBeLessThan(mostBytes);
    await expectService();
  });

  it.each(["line", "notice"])("C18 a server that says 50 MB in one line (%s) ends: its call fails, and the next is answered by another process", async (method) => {
    // A session, and so a process, for each: one that ends again and again has to wait for its next process.
    const sessions = Array.from({ length: 4 }, () => new McpSession(gateway().mcpUrl, attacking.accessToken));
    for (const session of sessions) expect((await session.initialize()).status).toBe(200);
    const growth = await peakOf(gateway(), async () => {
      const answers = await Promise.all(sessions.map((session) => session.call(method, { bytes: 50 * mega })));
      for (const answer of answers) expect(answer).toMatchObject({ error: { code: -32603 } });
    });
    expect(growth).toBeLessThan(mostBytes);
    for (const session of sessions) {
      expect(await session.call("ping")).toMatchObject({ result: {} });
      await session.delete();
    }
    await expectService();
  });

  it.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
  ] as const)("C18 a body that would be 300 MB once it is unpacked (%s) is 415, whatever it says it is not, and never unpacked", async (encoding, compress) => {
    const bomb = compress(Buffer.alloc(300 * mega, 0x20));
    expect(bomb.length).toBeLessThan(mega);
    const send = (headers: Readonly<Record<string, string>>): Promise<Response> =>
      fetch(attacking.url, { method: "POST", headers: attacking.headers(headers), body: new Uint8Array(bomb) });
    const growth = await peakOf(gateway(), async () => {
      for (const named of [encoding, encoding.toUpperCase(), `identity, ${encoding}`]) {
        const answer = await send({ "content-encoding": named });
        expect([named, answer.status]).toEqual([named, 415]);
        await answer.body?.cancel();
      }
      const unnamed = await send({});
      expect(unnamed.status).toBe(400);
      await unnamed.body?.cancel();
    });
    expect(growth).toBeLessThan(mostBytes);
    await expectService();
  });
});
