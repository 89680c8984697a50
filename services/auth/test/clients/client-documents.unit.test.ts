import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { Secret } from "@mcp-auth-proxy/crypto";
import type { DocumentRequest, Outbound, OutboundDocument, OutboundFailure, OutboundFailureCode } from "@mcp-auth-proxy/http";
import { createLog } from "@mcp-auth-proxy/telemetry";
import { createFakeClock } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { createClientDocuments } from "../../src/clients/client-documents.ts";
import { recordingKv } from "../recording-kv.ts";

type Answer = Result<OutboundDocument, OutboundFailure>;

const url = "https://client.example/doc";
const callback = "https://client.example/callback";
const documentOf = (changed: Readonly<Record<string, unknown>> = {}, headers: Readonly<Record<string, string>> = {}, id = url): Answer =>
  ok({
    status: 200,
    headers: { "content-type": "application/json", ...headers },
    body: Buffer.from(JSON.stringify({ client_id: id, client_name: "Client", redirect_uris: [callback], ...changed })),
  });
const failure = (code: OutboundFailureCode, status?: number): Answer => err({ code, detail: "", ...(status === undefined ? {} : { status }) });

/** The other side of the port, as a test wants it: `answer` says what comes back now. */
const documents = (answer: (asked: string) => Answer | Promise<Answer>) => {
  const clock = createFakeClock();
  const fetched: { readonly url: string; readonly request: DocumentRequest }[] = [];
  const lines: string[] = [];
  const outbound: Outbound = {
    fetchDocument: async (asked, request) => {
      fetched.push({ url: asked, request });
      return answer(asked);
    },
  };
  const log = createLog({ level: "debug", format: "json", destination: { write: (line) => lines.push(line) } });
  const kv = recordingKv(clock);
  const keys = { pepper: Secret.of(Buffer.alloc(32, 1)) };
  const found = createClientDocuments({ outbound, redirectPolicy: { schemes: [], issuer: "https://gate.example" }, keys, kv, clock, log });
  return { clock, fetched, lines, keys: kv.keys, find: (id = url, address = "192.0.2.1") => found.find(id, address) };
};

describe("client ID metadata documents", () => {
  it("are asked for with 5 KB and 5 s (A4.6)", async () => {
    const { fetched, find } = documents(() => documentOf());
    expect(await find()).toMatchObject({ ok: true, value: { document: { clientName: "Client", redirectUris: [callback] } } });
    expect(fetched).toEqual([{ url, request: { accept: "application/json", maxBytes: 5_120, timeoutMs: 5_000 } }]);
  });

  it("are counted by address without telling it to the cache", async () => {
    const { find, keys } = documents(() => documentOf());
    await find();
    expect(keys.length).toBeGreaterThan(1);
    expect(keys.join(" ")).not.toContain("192.0.2.1");
  });

  it("are not asked for again while fresh, and then are (A4.12)", async () => {
    let name = "Before";
    const { clock, fetched, find } = documents(() => documentOf({ client_name: name }, { "cache-control": "max-age=60" }));
    await find();
    name = "After";
    clock.advance(59_999);
    expect(await find()).toMatchObject({ value: { document: { clientName: "Before" } } });
    clock.advance(1);
    expect(await find()).toMatchObject({ value: { document: { clientName: "After" } } });
    expect(fetched).toHaveLength(2);
  });

  it("count for an hour at most, so that a redirect URI which was taken back is gone (A12)", async () => {
    let redirectUris = [callback, "https://client.example/stolen"];
    const { clock, find } = documents(() => documentOf({ redirect_uris: redirectUris }, { "cache-control": "max-age=31536000", etag: "*" }));
    await find();
    redirectUris = [callback];
    clock.advance(3_600_000);
    expect(await find()).toMatchObject({ value: { document: { redirectUris: [callback] } } });
  });

  it.each<[why: string, answer: Answer, problem: string]>([
    ["a document that is invalid", documentOf({ client_secret: "s" }, { "cache-control": "max-age=3600" }), "refused"],
    ["a document of another client", documentOf({ client_id: "https://other.example/" }), "refused"],
    ["404", failure("status", 404), "refused"],
    ["410", failure("status", 410), "refused"],
    ["a redirect", failure("redirect", 302), "refused"],
    ["an address that is not public", failure("address"), "refused"],
    ["too much", failure("too_large", 200), "refused"],
    ["something packed", failure("encoding", 200), "refused"],
    ["500", failure("status", 500), "unreachable"],
    ["503", failure("status", 503), "unreachable"],
    ["429", failure("status", 429), "unreachable"],
    ["no such name", failure("name"), "unreachable"],
    ["no connection", failure("connection"), "unreachable"],
    ["too slow", failure("timeout"), "unreachable"],
    ["too many at once", failure("busy"), "unreachable"],
  ])("are not remembered when they fail: %s (A12)", async (_why, answer, problem) => {
    let now: Answer = answer;
    const { find } = documents(() => now);
    expect(await find()).toEqual(err(problem));
    now = documentOf();
    expect(await find()).toMatchObject({ ok: true });
  });

  it("do not outlive their time because their host fails", async () => {
    let now = documentOf({}, { "cache-control": "max-age=60" });
    const { clock, find } = documents(() => now);
    await find();
    now = failure("status", 404);
    clock.advance(60_000);
    expect(await find()).toEqual(err("refused"));
  });

  it("are asked for once, however many wait for them", async () => {
    let answer: ((value: Answer) => void) | undefined;
    const { fetched, find } = documents(() => new Promise<Answer>((resolve) => (answer = resolve)));
    const waiting = Array.from({ length: 40 }, () => find());
    await expect.poll(() => fetched.length).toBe(1);
    answer?.(documentOf());
    expect((await Promise.all(waiting)).every(({ ok: found }) => found)).toBe(true);
    expect(fetched).toHaveLength(1);
  });

  it("are asked for 30 times a minute for one address, and others still may", async () => {
    const { clock, fetched, find } = documents((asked) => documentOf({}, {}, asked));
    for (let at = 0; at < 30; at += 1) expect(await find(`${url}/${at}`)).toMatchObject({ ok: true });
    expect(await find(`${url}/31`)).toEqual(err("too_many"));
    expect(await find(`${url}/0`)).toMatchObject({ ok: true });
    expect(await find(`${url}/31`, "192.0.2.2")).toMatchObject({ ok: true });
    expect(fetched).toHaveLength(31);
    clock.advance(60_000);
    expect(await find(`${url}/32`)).toMatchObject({ ok: true });
  });

  it("are there for others although the first to ask had used up its share", async () => {
    const { find } = documents((asked) => documentOf({}, {}, asked));
    for (let at = 0; at < 30; at += 1) await find(`${url}/${at}`);
    const both = [find(`${url}/new`), find(`${url}/new`, "192.0.2.2")];
    expect(await Promise.all(both)).toMatchObject([err("too_many"), { ok: true }]);
  });

  it("are asked for 300 times a minute in all", async () => {
    const { find } = documents((asked) => documentOf({}, {}, asked));
    for (let at = 0; at < 300; at += 1) await find(`${url}/${at}`, `192.0.2.${at % 11}`);
    expect(await find(`${url}/300`, "198.51.100.1")).toEqual(err("too_many"));
  });

  it("are not asked for at an address that is no acceptable client id", async () => {
    const { fetched, find } = documents(() => documentOf());
    for (const id of ["https://client.example", `${url}#x`, "https://client.example/a/../doc", "https://user@client.example/doc", `${url}?x`]) {
      expect(await find(id)).toEqual(err("refused"));
    }
    expect(fetched).toEqual([]);
  });

  it("leave the reason in the log, in words of ours", async () => {
    const { lines, find } = documents(() => documentOf({ client_secret: "marked-secret" }));
    await find();
    expect(lines.join()).toContain('"problem":"secret"');
    expect(lines.join()).not.toContain("marked-secret");
  });
});
