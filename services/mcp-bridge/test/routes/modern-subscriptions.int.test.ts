import { createFakeClock, waitFor } from "@mcp-auth-proxy/testing";
import { afterEach, describe, expect, it } from "vitest";
import type { BridgeOptions, TestBridge } from "../fixtures/bridge.ts";
import { eventData, modernClientOf, startModernBridge } from "../fixtures/modern-bridge.ts";
import type { ModernClient } from "../fixtures/modern-client.ts";

let own: TestBridge | undefined;
afterEach(async () => {
  await own?.stop();
  own = undefined;
});
const start = async (options: BridgeOptions): Promise<TestBridge> => {
  own = await startModernBridge(options);
  return own;
};

describe("a subscription", () => {
  const listen = (client: ModernClient, id: string | number) => client.stream("subscriptions/listen", { notifications: { toolsListChanged: true } }, { id });
  const key = "io.modelcontextprotocol/subscriptionId";

  it("is acknowledged first, hears what it asked for under its own id, and leaves the others when it is closed", async () => {
    const client = await modernClientOf(await start({}));
    const [one, two] = await Promise.all([listen(client, "same"), listen(client, "same")]);
    await waitFor("both acknowledgements", () => [one, two].every((stream) => eventData(stream.text()).length === 1));
    expect(await client.result("change")).toMatchObject({ subscriptions: 2 });
    for (const stream of [one, two]) {
      await waitFor("the change", () => eventData(stream.text()).length === 2);
      expect(eventData(stream.text())).toMatchObject([
        { method: "notifications/subscriptions/acknowledged", params: { _meta: { [key]: "same" } } },
        { method: "notifications/tools/list_changed", params: { _meta: { [key]: "same" } } },
      ]);
    }
    one.close();
    await waitFor("one subscription less", async () => (await client.result("change")).subscriptions === 1);
    two.close();
  });

  it("ends with a result when its token expires, and when the gateway stops", async () => {
    const clock = createFakeClock(Date.now());
    const gateway = await start({ clock, limits: { feedMs: 3_600_000 } });
    const short = await listen(await modernClientOf(gateway, { expiresAt: clock.now() + 60_000 }), 1);
    const long = await listen(await modernClientOf(gateway), "long");
    await waitFor("both acknowledgements", () => [short, long].every((stream) => eventData(stream.text()).length === 1));
    clock.advance(60_000);
    await short.ended;
    expect(eventData(short.text()).at(-1)).toEqual({ jsonrpc: "2.0", id: 1, result: { resultType: "complete", _meta: { [key]: 1 } } });
    expect(eventData(long.text())).toHaveLength(1);
    await gateway.service.stop(1_000);
    await long.ended;
    expect(eventData(long.text()).at(-1)).toMatchObject({ id: "long", result: { resultType: "complete" } });
  });

  it("C24: has so many beside it and no more, and the rest of the person's requests go on", async () => {
    const client = await modernClientOf(await start({ limits: { subscriptionsPerChild: 2 } }));
    const open = await Promise.all([listen(client, 1), listen(client, 2)]);
    await waitFor("the acknowledgements", () => open.every((stream) => eventData(stream.text()).length === 1));
    expect((await client.post("subscriptions/listen", { notifications: {} })).status).toBe(429);
    expect(await client.result("pid")).toHaveProperty("pid");
    for (const stream of open) stream.close();
  });
});
