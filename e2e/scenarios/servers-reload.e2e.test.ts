import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventsIn, everythingServer, Gateway, gatewayFolders, jsonObject, McpSession, request, signIn, smallServer, waitFor } from "@mcp-auth-proxy/testing";
import { expect, it } from "vitest";

const entry = (name: string, [command = "", ...args]: readonly string[], more: Readonly<Record<string, unknown>> = {}) => ({ name, command, args, ...more });
const limit = { limitMs: 30_000 };

it("a changed mcp_servers.json adds, changes and removes servers of a running gateway; what did not change goes on, and what is broken changes nothing", async () => {
  const folders = gatewayFolders();
  mkdirSync(join(folders.root, "config"));
  const file = join(folders.root, "config", "mcp_servers.json");
  const write = (...servers: readonly unknown[]): void => writeFileSync(file, JSON.stringify({ servers }));
  const [steady, shaky, going] = [entry("steady", everythingServer), entry("shaky", smallServer), entry("going", smallServer)];
  write(steady, shaky, going);
  await using gateway = await Gateway.launch({ folders, command: [], environment: { MCP_SERVERS_CONFIG: file } });
  const urlOf = (name: string): string => `${gateway.baseUrl}/${name}/mcp`;
  const lines = (text: string) => gateway.stderr.split("\n").filter((line) => line.includes(text));
  const said = (text: string): Promise<unknown> => waitFor(`the log to say ${text}`, () => lines(text).length > 0, limit);
  const open = async (name: string, capabilities: Readonly<Record<string, unknown>> = {}): Promise<McpSession> => {
    const { tokens } = await signIn({ mcpUrl: urlOf(name), password: gateway.password });
    const session = new McpSession(urlOf(name), tokens.accessToken);
    expect((await session.initialize("2025-11-25", capabilities)).status).toBe(200);
    return session;
  };

  const session = await open("steady", { elicitation: {} });
  const { pid } = jsonObject(await session.callTool("whoami"));
  const [atShaky, atGoing] = [await open("shaky"), await open("going")];
  // A call that is under way until its person has answered.
  const call = await session.openStream({}, { jsonrpc: "2.0", id: 77, method: "tools/call", params: { name: "ask-person", arguments: { message: "Well?" } } });
  const messages = () => eventsIn(call.text()).flatMap(({ data }) => (data === "" ? [] : [jsonObject(data)]));
  const question = await waitFor("the question", () => messages().find(({ method }) => method === "elicitation/create"), limit);

  write(steady, { ...shaky, allowed_user: ["a slip"] }, entry("added", smallServer, { env: { KEY: "a-value-for-no-log" } }), entry("nosy", [...smallServer, folders.data]));
  await said("MCP_SERVERS_CONFIG: a server was added");
  await said("MCP_SERVERS_CONFIG: a server was removed");
  await said("server shaky: ");
  await said("it holds our keys");
  expect(gateway.stderr).not.toContain("a-value-for-no-log");
  expect(await (await open("added")).callTool("echo", { message: "hello" })).toBe("hello");
  expect(await atShaky.callTool("echo", { message: "still here" })).toBe("still here");
  for (const name of ["going", "nosy"]) {
    expect((await request(urlOf(name), { method: "POST", headers: atGoing.headers(), body: "{}" })).status).toBe(404);
    expect((await request(`${gateway.baseUrl}/.well-known/oauth-protected-resource/${name}/mcp`)).status).toBe(404);
  }
  expect((await session.post({ jsonrpc: "2.0", id: question.id, result: { action: "accept", content: { answer: "yes" } } })).status).toBe(202);
  await waitFor("the end of the call", () => messages().some(({ id, result }) => id === 77 && result !== undefined), limit);
  expect(jsonObject(await session.callTool("whoami")).pid).toBe(pid);

  writeFileSync(file, "no such file at all, token=hunter2");
  await said("the changed MCP_SERVERS_CONFIG can not be used");
  expect(jsonObject(await session.callTool("whoami")).pid).toBe(pid);
  expect(await atShaky.callTool("echo", { message: "and now" })).toBe("and now");
  expect(gateway.stderr).not.toContain("hunter2");

  write(steady, { ...shaky, tools: { deny: ["echo"] } }, going);
  await said("a server was changed");
  expect((await atShaky.post({ jsonrpc: "2.0", id: 5, method: "tools/list" })).status).toBe(404);
  expect((await (await open("shaky")).call("tools/list")).result).toEqual({ tools: [] });
  expect(await (await open("going")).callTool("echo", { message: "back again" })).toBe("back again");
  expect((await request(urlOf("added"), { method: "POST", headers: atGoing.headers(), body: "{}" })).status).toBe(404);
  expect(jsonObject(await session.callTool("whoami")).pid).toBe(pid);
  expect((await request(`${gateway.baseUrl}/readyz`)).status).toBe(200);
  call.close();
  const { code } = await gateway.stop();
  expect(code).toBe(0);
});
