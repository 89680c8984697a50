import { createFakeClock, messagesIn, waitFor } from "@mcp-auth-proxy/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { BridgeOptions, TestBridge } from "../fixtures/bridge.ts";
import type { TokenOptions } from "../fixtures/fake-auth.ts";
import { eventData, fussyServer, modernClientOf, startModernBridge } from "../fixtures/modern-bridge.ts";
import { errorOf, type ModernClient } from "../fixtures/modern-client.ts";

let bridge: TestBridge;
beforeAll(async () => {
  bridge = await startModernBridge();
});
afterAll(() => bridge.stop());

let own: TestBridge | undefined;
afterEach(async () => {
  await own?.stop();
  own = undefined;
});
const start = async (options: BridgeOptions): Promise<TestBridge> => {
  own = await startModernBridge(options);
  return own;
};

const clientOf = async (of: TestBridge = bridge, options: TokenOptions = {}): Promise<ModernClient> => modernClientOf(of, options);

describe("a person's process", () => {
  it("serves all requests of one client, and nobody else's", async () => {
    const pidOf = async (options: object) => (await (await clientOf(bridge, options)).result("pid")).pid;
    const first = await pidOf({});
    expect(await pidOf({ grant: "grant-2" })).toBe(first);
    expect(await pidOf({ client: "client-2" })).not.toBe(first);
    expect(await pidOf({ subject: "subject-3" })).not.toBe(first);
  });

  it("answers a hundred requests with one id and one progress token at once, each to whom it belongs", async () => {
    const client = await clientOf();
    const answers = await Promise.all(Array.from({ length: 100 }, (_, count) => client.post("progress", { count }, { id: 1, meta: { progressToken: "same" } })));
    for (const [count, answer] of answers.entries()) {
      const messages = messagesIn(answer);
      expect(messages.filter(({ method }) => method === "notifications/progress").map(({ params }) => params)).toEqual(
        Array.from({ length: count }, (_, at) => ({ progressToken: "same", progress: at + 1 })),
      );
      expect(messages.at(-1)).toMatchObject({ id: 1, result: { resultType: "complete" } });
    }
  });

  it("hears of every client that goes away, and of nobody who was answered", async () => {
    const client = await clientOf(await start({}));
    await client.result("pid");
    const hanging = await client.stream("prompts/get", { name: "x" }, { headers: { accept: "text/event-stream" } });
    expect(await client.result("cancelled")).toMatchObject({ cancelled: [] });
    hanging.close();
    await waitFor("the cancellation", async () => {
      const { cancelled } = await client.result("cancelled");
      return Array.isArray(cancelled) && cancelled.length === 1;
    });
  });

  it("that dies is an error for those who waited, and another one for those who come", async () => {
    const client = await clientOf(await start({}));
    const before = await client.result("pid");
    const [hung, crashed] = await Promise.all([client.post("hang"), client.post("crash")]);
    expect([errorOf(hung), errorOf(crashed)]).toMatchObject([{ code: -32603 }, { code: -32603 }]);
    expect((await client.result("pid")).pid).not.toBe(before.pid);
  });

  it("that dies each time is not started for each request, but again after a time", async () => {
    const clock = createFakeClock(Date.now());
    const gateway = await start({ clock, server: { ...fussyServer, protocol: "modern" }, limits: { respawnMs: 5_000 } });
    const client = await clientOf(gateway);
    for (const _attempt of [1, 2]) expect(errorOf(await client.post("pid"))).toMatchObject({ status: 200, code: -32603 });
    const refused = await client.post("pid");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
    clock.advance(5_000);
    expect((await client.post("pid")).status).toBe(200);
  });

  it("is one of a bounded number for each person, and an idle one makes room for another client's", async () => {
    const gateway = await start({ limits: { childrenPerSubject: 1 } });
    await (await clientOf(gateway)).result("pid");
    const other = await clientOf(gateway, { client: "client-2" });
    expect((await other.post("pid")).status).toBe(429);
    await waitFor("room", async () => (await other.post("pid")).status === 200);
    expect(await (await clientOf(gateway, { subject: "subject-2" })).result("pid")).toHaveProperty("pid");
  });

  it("ends when it was not used for its time, and when its person's access does", async () => {
    const clock = createFakeClock(Date.now());
    const ended = await start({ clock, limits: { modernIdleMs: 5_000 } });
    const client = await clientOf(ended, { grant: "g" });
    const ends = (): number => ended.log.filter(({ msg }) => msg === "child ended").length;
    await client.result("pid");
    await waitFor("the end of the process that was only asked", () => ends() === 1);
    clock.advance(5_000);
    await waitFor("the end of the idle process", () => ends() === 2);
    await client.result("pid");
    const hanging = client.post("hang").catch((fault: unknown) => fault);
    await waitFor("the request to be under way", async () => (await client.result("pid")).pid);
    await ended.auth.revoke("g");
    await hanging;
    await waitFor("the end of the denied process", () => ends() === 3);
    expect((await client.post("pid")).status).toBe(401);
  });

  it("does not ask clients: its requests are refused to it, and are on no stream", async () => {
    const answer = await (await clientOf()).post("ask", {}, { headers: { accept: "text/event-stream" } });
    expect(eventData(answer.text)).toMatchObject([{ result: { said: { code: -32601 } } }]);
  });
});

describe("what a server says beside its answers", () => {
  it("is logged to a request that asked for it, and to no other", async () => {
    const client = await clientOf();
    expect(messagesIn(await client.post("log", { data: "unasked" })).map(({ method }) => method)).toEqual([undefined]);
    const asked = messagesIn(await client.post("log", { data: "asked" }, { meta: { "io.modelcontextprotocol/logLevel": "debug" } }));
    expect(asked).toMatchObject([{ method: "notifications/message", params: { data: "asked" } }, { result: {} }]);
  });

  it("is not logged to anybody where two asked for it at once: nothing says whose it is", async () => {
    const client = await clientOf(await start({}));
    const level = { meta: { "io.modelcontextprotocol/logLevel": "debug" } };
    const other = await client.stream("prompts/get", { name: "x" }, { ...level, headers: { accept: "text/event-stream" } });
    expect(messagesIn(await client.post("log", { data: "whose" }, level)).map(({ method }) => method)).toEqual([undefined]);
    expect(other.text()).not.toContain("whose");
    other.close();
  });

  it("goes nowhere for a client that takes no stream: it gets its answer", async () => {
    const answer = await (await clientOf()).post("progress", { count: 3 }, { meta: { progressToken: 1 }, headers: { accept: "application/json" } });
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.json()).toMatchObject({ result: { resultType: "complete" } });
  });
});
