import { connect } from "node:net";
import { McpSession, type SignedIn } from "@mcp-auth-proxy/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type AccountsGateway, openSession, startAccountsGateway, whoami } from "../support/accounts-gateway.ts";

let running: AccountsGateway;
let ada: SignedIn;
beforeAll(async () => {
  running = await startAccountsGateway();
  ada = await running.signIn("ada");
});
afterAll(() => running[Symbol.asyncDispose]());

const message = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });

/** The status that a request target gets which no client library would send as it is. */
const statusOf = (target: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const { hostname, port, host } = new URL(running.base);
    let text = "";
    const socket = connect({ host: hostname, port: Number(port) }, () => {
      const head = [`POST ${target} HTTP/1.1`, `host: ${host}`, `authorization: Bearer ${ada.tokens.accessToken}`, "content-type: application/json", "accept: application/json, text/event-stream", `content-length: ${Buffer.byteLength(message)}`, "connection: close"];
      socket.write(`${head.join("\r\n")}\r\n\r\n${message}`);
    });
    socket.setEncoding("latin1").on("data", (part: string) => (text += part));
    socket.on("close", () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0))).on("error", reject);
  });

it.each([
  "/notes/mcp/../admin",
  "/notes/../notes/mcp/admin",
  "/notes/mcp/%2e%2e/admin",
  "/notes/mcp/%2e%2e%2fadmin",
  "/notes/mcp%2f..%2fadmin",
  "/notes/mcp/;/admin",
  "/notes/mcp//admin",
  "/notes%2fmcp",
  "/notes/..%5cadmin/mcp",
  "//notes/mcp",
])("B10 %s leads to no server, with a good token too", async (target) => {
  const before = running.notes.received.length;
  expect([400, 404]).toContain(await statusOf(target));
  expect(running.notes.received.length).toBe(before);
});

it("B10 a query, a session id, a name and a cursor stay what they are: the server is asked at its own address only", async () => {
  const session = await openSession(running, ada);
  const before = running.notes.received.length;
  const sneaky = new McpSession(`${running.mcpUrl("notes")}?path=/admin&url=http://127.0.0.1:9/`, ada.tokens.accessToken);
  sneaky.sessionId = session.sessionId;
  expect((await sneaky.post({ jsonrpc: "2.0", id: 2, method: "tools/list", params: { cursor: "../../admin?x=" } }, { "mcp-protocol-version": "2025-11-25" })).status).toBe(200);
  await session.call("tools/call", { name: "../../admin", arguments: { path: "/../admin" } });
  expect((await whoami(session)).person).toBe(running.oidc.subOf("ada"));
  const paths = running.notes.received.slice(before).map(({ path }) => path);
  expect(paths.length).toBeGreaterThan(2);
  expect(new Set(paths)).toEqual(new Set(["/mcp"]));
});
