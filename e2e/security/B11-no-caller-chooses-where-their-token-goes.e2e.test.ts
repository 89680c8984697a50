import { McpSession, request, startWebHost } from "@mcp-auth-proxy/testing";
import { expect, it } from "vitest";
import { openSession, startAccountsGateway, whoami } from "../support/accounts-gateway.ts";

it("B11 who is signed in and names a server of their own, in headers, in the query, in the message or as a proxy, is answered by the operator's and gives theirs nothing", async () => {
  await using attacker = await startWebHost((_request, response) => void response.writeHead(200, { "content-type": "application/json" }).end("{}"));
  await using running = await startAccountsGateway();
  const ada = await running.signIn("ada");
  const theirs = `http://127.0.0.1:${attacker.port}/mcp`;
  const named = ["x-upstream", "x-upstream-url", "x-backend-url", "x-target-url", "x-mcp-server", "x-mcp-server-url", "x-original-url", "x-rewrite-url", "x-forwarded-uri", "x-internal-forward", "referer", "forwarded", "via"];
  const session = await openSession(running, ada);
  for (const header of named) {
    const answer = await session.post({ jsonrpc: "2.0", id: header, method: "tools/call", params: { name: "whoami", arguments: { url: theirs, upstream: theirs } } }, { [header]: theirs });
    expect([header, answer.status, answer.text.includes(running.oidc.subOf("ada"))]).toEqual([header, 200, true]);
  }
  const query = new McpSession(`${running.mcpUrl("notes")}?upstream=${encodeURIComponent(theirs)}`, ada.tokens.accessToken);
  expect((await query.initialize()).status).toBe(200);
  const hello = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
  const absolute = await request(running.base, { method: "POST", headers: session.headers({ host: `127.0.0.1:${attacker.port}` }), body: hello });
  expect(absolute.status).toBeGreaterThanOrEqual(400);

  expect(attacker.requests).toEqual([]);
  expect(new Set(running.notes.received.map(({ path }) => path))).toEqual(new Set(["/mcp"]));
  for (const { headers } of running.notes.received) for (const header of named) expect(headers[header] ?? "").not.toContain(theirs);
  expect((await whoami(session)).person).toBe(running.oidc.subOf("ada"));
});

it("B11 no part of the gateway that is inside is reached from outside, whoever asks", async () => {
  await using running = await startAccountsGateway();
  const { tokens } = await running.signIn("ada");
  const headers = { authorization: `Bearer ${tokens.accessToken}`, "content-type": "application/json" };
  const inside = ["mcpauth.vault.qry.v1.lease-access-token", "vault/lease-access-token", "internal/forward", "refresher/refresh-now", "operator", "admin", "credentials", "debug", "metrics", "notes/mcp/internal"];
  for (const path of inside) {
    for (const method of ["GET", "POST"]) expect([path, (await request(`${running.base}/${path}`, { method, headers, ...(method === "POST" ? { body: "{}" } : {}) })).status]).toEqual([path, 404]);
  }
  expect((await whoami(await openSession(running, { tokens }))).person).toBe(running.oidc.subOf("ada"));
});
