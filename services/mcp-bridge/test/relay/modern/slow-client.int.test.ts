import { join } from "node:path";
import { waitFor } from "@mcp-auth-proxy/testing";
import { afterEach, describe, expect, it } from "vitest";
import { startBridge, type TestBridge } from "../../fixtures/bridge.ts";
import { ModernClient } from "../../fixtures/modern-client.ts";

let bridge: TestBridge | undefined;
afterEach(() => bridge?.stop());

const modernServer = { command: process.execPath, args: [join(import.meta.dirname, "../../servers/modern.ts")] };

describe("C24: a client without a session that does not read its answer", () => {
  it("holds up its own process only, costs little memory, and is cut in the end", async () => {
    const running = await startBridge({ server: modernServer, limits: { stallMs: 1_000 } });
    bridge = running;
    const [slow, other] = await Promise.all(["slow", "other"].map(async (subject) => new ModernClient(running.resource, await running.token({ subject }))));
    if (slow === undefined || other === undefined) throw new Error("no clients");
    const [own] = await Promise.all([slow, other].map((client) => client.result("pid")));
    const before = process.memoryUsage().rss;
    // 100 MB that nobody takes.
    const params = { count: 1_000, bytes: 100_000 };
    const headers = slow.headersFor("flood", params, { accept: "text/event-stream" });
    const unread = await fetch(slow.url, { method: "POST", headers, body: slow.body("flood", params, { meta: { progressToken: "t" } }) });
    let highest = before;
    for (let at = 0; at < 200; at += 1) {
      expect(await other.result("tools/call", { name: "plain", arguments: { at } })).toMatchObject({ arguments: { at } });
      highest = Math.max(highest, process.memoryUsage().rss);
    }
    expect((highest - before) / 1e6).toBeLessThan(50);
    // Whoever takes nothing is cut, and the person's process goes on.
    await waitFor("the next answer", async () => (await slow.post("pid")).status === 200, { limitMs: 30_000 });
    expect(await slow.result("pid")).toEqual(own);
    const taken = await unread.text().catch(() => undefined);
    expect(taken).toBeUndefined();
  });
});
