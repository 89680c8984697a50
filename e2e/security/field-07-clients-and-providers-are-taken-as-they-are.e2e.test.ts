import { registeredClient, signIn, tokensIn } from "@mcp-auth-proxy/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type AccountsGateway, openSession, startAccountsGateway, whoami } from "../support/accounts-gateway.ts";

let running: AccountsGateway;
beforeAll(async () => {
  running = await startAccountsGateway();
});
afterAll(() => running[Symbol.asyncDispose]());

it("field 7: a provider is never sent a resource, which some refuse: not with a person, not for tokens, not in a refresh", async () => {
  const { oidc } = running;
  const session = await openSession(running, await running.signIn("ada"));
  oidc.expireAccessTokens(oidc.subOf("ada"));
  expect((await whoami(session)).person).toBe(oidc.subOf("ada"));
  const visits = oidc.visits.filter((visit) => visit.startsWith("GET /auth?"));
  const sent = oidc.requests.map(({ grantType, parameters = [] }) => [grantType, parameters.includes("resource")] as const);
  expect(visits.length).toBeGreaterThan(0);
  expect(visits.filter((visit) => /[?&]resource=/.test(visit))).toEqual([]);
  expect(new Set(sent.map(([grantType]) => grantType))).toEqual(new Set(["authorization_code", "refresh_token"]));
  expect(sent.filter(([, named]) => named)).toEqual([]);
});

it("field 7: a client that registered without a secret may send an empty one, and no other", async () => {
  const target = { mcpUrl: running.mcpUrl("notes"), password: "", person: "bob" };
  const client = await registeredClient(target);
  const { tokens } = await signIn(target, client);
  expect((await client.refresh(tokens.refreshToken, { client_secret: "a secret that nobody gave it" })).status).toBe(401);
  const again = await client.refresh(tokens.refreshToken, { client_secret: "" });
  expect(again.status).toBe(200);
  expect((await whoami(await openSession(running, { tokens: tokensIn(again) }))).person).toBe(running.oidc.subOf("bob"));
});
