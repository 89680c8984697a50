import { authV1 } from "@mcp-auth-proxy/contracts";
import { uuidv7 } from "@mcp-auth-proxy/crypto";
import { afterEach, beforeEach, expect, it } from "vitest";
import { TestClient, tokensOf } from "../client.ts";
import { startAuth, type RunningAuth } from "../running-auth.ts";

let auth: RunningAuth;
let client: TestClient;
beforeEach(async () => {
  auth = await startAuth();
  client = await TestClient.register(auth);
});
afterEach(() => auth.stop());

const grantOf = (accessToken: string): string => JSON.parse(Buffer.from(accessToken.split(".")[1] ?? "", "base64url").toString()).grant;

it.each([
  ["a grant", (accessToken: string) => ({ kind: "grant", id: grantOf(accessToken) }) as const],
  ["a client", () => ({ kind: "client", id: client.clientId }) as const],
  ["a login", () => ({ kind: "login", id: "owner" }) as const],
  ["everything", () => ({ kind: "all" }) as const],
])("ending %s voids the codes that would give it back, and moves nothing when one is tried; a new sign-in works", async (_what, targetOf) => {
  const { accessToken } = await client.signIn();
  const underWay = await client.approve();
  await auth.bridge.ask(authV1.revoke, { commandId: uuidv7(), actor: "operator", target: targetOf(accessToken) });
  const before = await auth.events();
  expect((await client.exchange(underWay)).body["error"]).toBe("invalid_grant");
  expect(await auth.events()).toEqual(before);
  expect((await client.refresh((await client.signIn()).refreshToken)).status).toBe(200);
});

it("a client that gives a token back keeps the code that it has just got", async () => {
  const { refreshToken } = await client.signIn();
  const underWay = await client.approve();
  await client.revoke(refreshToken);
  expect(tokensOf(await client.exchange(underWay)).refreshToken).toMatch(/^mcp_rt_/);
});
