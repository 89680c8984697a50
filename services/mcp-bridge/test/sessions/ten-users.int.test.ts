import { type McpSession, messagesIn } from "@mcp-auth-proxy/testing";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Isolation } from "../../src/config.ts";
import { startBridge, type TestBridge } from "../fixtures/bridge.ts";
import { ModernClient } from "../fixtures/modern-client.ts";

let bridge: TestBridge | undefined;
afterEach(async () => {
  await bridge?.stop();
  bridge = undefined;
});

const isolations: readonly Isolation[] = ["session", "user", "shared"];
const modernServer = { command: process.execPath, args: [join(import.meta.dirname, "../servers/modern.ts")] };
const people = Array.from({ length: 10 }, (_, at) => `person-${at}`);
const rounds = 30;

/** Whether an answer, and the progress before it, is what this person asked for. */
const isOwn = (messages: readonly Record<string, unknown>[], id: number, token: string, result: Record<string, unknown>): boolean => {
  const answer = messages.at(-1);
  const tokens = messages.slice(0, -1).map(({ params }) => (params as { progressToken?: unknown } | undefined)?.progressToken);
  return answer?.id === id && JSON.stringify(answer.result).includes(JSON.stringify(result).slice(1, -1)) && tokens.every((one) => one === token);
};

describe.each(isolations)("ten people at once, isolation %s", (isolation) => {
  it("with sessions and equal ids get their own answers and progress only", async () => {
    const running = await startBridge({ server: { isolation }, limits: { streamAfterMs: 60_000 } });
    bridge = running;
    const foreign: string[] = [];
    const live = async (person: string): Promise<void> => {
      const session: McpSession = await running.session({ subject: person });
      await session.initialize();
      const unasked = await session.openStream();
      for (let id = 10; id < 10 + rounds; id += 1) {
        const echoed = await session.post({ jsonrpc: "2.0", id, method: "echo", params: { person, id } });
        const reported = await session.post({ jsonrpc: "2.0", id, method: "progress", params: { count: 3, _meta: { progressToken: `of ${person}` } } });
        if (!isOwn(messagesIn(echoed), id, "", { person, id })) foreign.push(`${person} got ${echoed.text}`);
        if (messagesIn(reported).length !== 4 || !isOwn(messagesIn(reported), id, `of ${person}`, { count: 3 })) foreign.push(`${person} got ${reported.text}`);
      }
      for (const other of people) if (other !== person && unasked.text().includes(other)) foreign.push(`${person} heard of ${other}`);
      unasked.close();
    };
    await Promise.all(people.map(live));
    expect(foreign).toEqual([]);
  });

  it("without sessions and with equal ids get their own answers and progress only", async () => {
    const running = await startBridge({ server: { ...modernServer, isolation }, limits: { streamAfterMs: 60_000 } });
    bridge = running;
    const foreign: string[] = [];
    const live = async (person: string): Promise<void> => {
      const client = new ModernClient(running.resource, await running.token({ subject: person }));
      for (let id = 10; id < 10 + rounds; id += 1) {
        const meta = { progressToken: `of ${person}` };
        const called = await client.post("tools/call", { name: "plain", arguments: { person, id } }, { id });
        const reported = await client.post("progress", { count: 3 }, { id, meta });
        if (!isOwn(messagesIn(called), id, "", { arguments: { person, id } })) foreign.push(`${person} got ${called.text}`);
        if (messagesIn(reported).length !== 4 || !isOwn(messagesIn(reported), id, `of ${person}`, {})) foreign.push(`${person} got ${reported.text}`);
      }
    };
    await Promise.all(people.map(live));
    expect(foreign).toEqual([]);
  });
});
