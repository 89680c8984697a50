import { createFakeClock } from "@mcp-auth-proxy/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { BridgeOptions, TestBridge } from "../fixtures/bridge.ts";
import type { TokenOptions } from "../fixtures/fake-auth.ts";
import { modernClientOf, startModernBridge } from "../fixtures/modern-bridge.ts";
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

describe("C09: a requestState", () => {
  const ask = { name: "plain", arguments: { ask: true } };
  const answered = (requestState: unknown, of = ask) => ({ ...of, requestState, inputResponses: { who: { action: "accept" } } });

  it("is the gateway's own, and brings the server's back from the same client with the same request", async () => {
    const client = await clientOf();
    const first = await client.result("tools/call", ask);
    expect(first).toMatchObject({ resultType: "input_required", inputRequests: { who: {} } });
    expect(JSON.stringify(first)).not.toContain("state of the server");
    const done = { requestState: "state of the server", inputResponses: { who: { action: "accept" } } };
    expect(await client.result("tools/call", answered(first.requestState))).toMatchObject(done);
  });

  it("is refused for everybody else, for another request, changed, and after its time; and stays good meanwhile", async () => {
    const clock = createFakeClock(Date.now());
    const gateway = await start({ clock, limits: { requestStateMs: 60_000, feedMs: 3_600_000 } });
    const client = await clientOf(gateway);
    const { requestState } = await client.result("tools/call", ask);
    const refused = { status: 400, code: -32602 };
    for (const other of [{ subject: "subject-2" }, { client: "client-2" }]) {
      expect(errorOf(await (await clientOf(gateway, other)).post("tools/call", answered(requestState)))).toMatchObject(refused);
    }
    expect(errorOf(await client.post("tools/call", answered(requestState, { ...ask, arguments: { ask: true, more: 1 } as never })))).toMatchObject(refused);
    for (const forged of [`${String(requestState)}-TAMPERED`, "state of the server", 7, null]) expect(errorOf(await client.post("tools/call", answered(forged)))).toMatchObject(refused);
    expect(await client.result("tools/call", answered(requestState))).toMatchObject({ requestState: "state of the server" });
    clock.advance(60_000);
    expect(errorOf(await client.post("tools/call", answered(requestState)))).toMatchObject(refused);
  });
});
