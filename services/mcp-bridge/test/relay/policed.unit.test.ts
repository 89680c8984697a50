import { createLog } from "@mcp-auth-proxy/telemetry";
import { expect, it } from "vitest";
import { ToolPolicy } from "../../src/guard/policy.ts";
import { defaultBridgeLimits } from "../../src/index.ts";
import { policed } from "../../src/relay/policed.ts";
import type { UpstreamListener } from "../../src/relay/upstream.ts";
import { readEnvelope } from "../../src/wire/envelope.ts";

const log = createLog({ level: "error", format: "json", destination: { write: () => undefined } });

it("C18 a list that is larger than is looked at is an error that says what to do, and the next answer is passed on", () => {
  const heard: string[] = [];
  let server: UpstreamListener | undefined;
  policed(new ToolPolicy({ deny: ["crash"] }, log, { ...defaultBridgeLimits, listedTools: 1 }), (listener) => {
    server = listener;
    return { send: () => true, pause: () => undefined, resume: () => undefined, sweep: () => undefined, end: async () => undefined };
  })({ line: (line) => void heard.push(line.toString()), interrupted: () => undefined, ended: () => undefined });
  for (const tools of ['[{"name":"a"},{"name":"crash"}]', '[{"name":"a"}]']) server?.line(Buffer.from(`{"jsonrpc":"2.0","id":7,"result":{"tools":${tools}}}`));
  expect(heard).toEqual([expect.stringMatching(/"id":7,"error":.*it has to come in pages/), '{"jsonrpc":"2.0","id":7,"result":{"tools":[{"name":"a"}]}}']);
});

it("C16 a list that comes under an id that was used again does not name what is denied", () => {
  const heard: string[] = [];
  let server: UpstreamListener | undefined;
  const session = policed(new ToolPolicy({ deny: ["crash"] }, log, defaultBridgeLimits), (listener) => {
    server = listener;
    return { send: () => true, pause: () => undefined, resume: () => undefined, sweep: () => undefined, end: async () => undefined };
  })({ line: (line) => void heard.push(line.toString()), interrupted: () => undefined, ended: () => undefined });

  const send = (message: object): void => {
    const line = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
    const read = readEnvelope(line);
    if (!read.ok) throw new Error(read.error.reason);
    session.send(line, read.value);
  };
  send({ id: 7, method: "tools/list" });
  send({ method: "notifications/cancelled", params: { requestId: 7 } });
  send({ id: 7, method: "ping" });
  server?.line(Buffer.from('{"jsonrpc":"2.0","id":7,"result":{"tools":[{"name":"crash"},{"name":"echo"}]}}'));
  server?.line(Buffer.from('{"jsonrpc":"2.0","id":8,"result":{"content":[{"type":"text","text":"crash"}]}}'));
  expect(heard).toEqual(['{"jsonrpc":"2.0","id":7,"result":{"tools":[{"name":"echo"}]}}', '{"jsonrpc":"2.0","id":8,"result":{"content":[{"type":"text","text":"crash"}]}}']);
});
