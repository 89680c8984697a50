import { McpSession, tokensIn } from "@mcp-auth-proxy/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type AccountsGateway, openSession, type ServerName, startAccountsGateway, whoami } from "../support/accounts-gateway.ts";

let running: AccountsGateway;
beforeAll(async () => {
  running = await startAccountsGateway();
});
afterAll(() => running[Symbol.asyncDispose]());

it.each<ServerName>(["notes", "mail"])("field 4: at %s a session goes on with the next token of its person, of ours and of the provider's, and is nobody else's with either", async (server) => {
  const { oidc } = running;
  const ada = await running.signIn("ada", server);
  const bob = await running.signIn("bob", server);
  const session = await openSession(running, ada, server);
  const before = await whoami(session);

  session.accessToken = tokensIn(await ada.client.refresh(ada.tokens.refreshToken)).accessToken;
  expect(session.accessToken).not.toBe(ada.tokens.accessToken);
  expect((await whoami(session)).person).toBe(before.person);
  if (server === "notes") {
    oidc.expireAccessTokens(oidc.subOf("ada"));
    const after = await whoami(session);
    expect([after.person, after.tokenHash === before.tokenHash]).toEqual([before.person, false]);
  }

  const stolen = new McpSession(running.mcpUrl(server), bob.tokens.accessToken);
  stolen.sessionId = session.sessionId;
  expect((await stolen.post({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "whoami", arguments: {} } })).status).toBe(404);
  expect((await stolen.openStream()).status).toBe(404);
  expect((await stolen.delete()).status).toBe(404);
  expect((await whoami(session)).person).toBe(before.person);
});
