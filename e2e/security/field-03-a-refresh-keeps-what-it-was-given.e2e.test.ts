import { waitFor } from "@mcp-auth-proxy/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type AccountsGateway, openSession, startAccountsGateway, whoami } from "../support/accounts-gateway.ts";

let running: AccountsGateway;
beforeAll(async () => {
  running = await startAccountsGateway({ provider: { rotate: true } });
});
afterAll(() => running[Symbol.asyncDispose]());

const refreshes = (login: string) => running.oidc.requests.filter(({ grantType, person }) => grantType === "refresh_token" && person === running.oidc.subOf(login));

it("field 3: what a rotation brought is kept although the provider's keys can not be had, and nobody signs in again", async () => {
  const { oidc } = running;
  const session = await openSession(running, await running.signIn("ada"));
  oidc.failNext({ endpoint: "jwks", kind: "500", count: 1000 });
  try {
    for (let turn = 0; turn < 3; turn += 1) {
      // Where its token endpoint is has been read by then.
      if (turn === 1) oidc.failNext({ endpoint: "discovery", kind: "500", count: 1000 });
      oidc.expireAccessTokens(oidc.subOf("ada"));
      expect((await whoami(session)).person).toBe(oidc.subOf("ada"));
    }
  } finally {
    oidc.recover();
  }
  expect(refreshes("ada").map(({ status, refreshToken }) => [status, refreshToken?.generation])).toEqual([[200, 0], [200, 1], [200, 2]]);
});

it("field 3: an answer without a refresh token leaves the old one good, and it is the one that is sent next", async () => {
  const { oidc } = running;
  const session = await openSession(running, await running.signIn("bob"));
  oidc.omitRefreshToken = true;
  try {
    for (let turn = 0; turn < 2; turn += 1) {
      oidc.expireAccessTokens(oidc.subOf("bob"));
      expect((await whoami(session)).person).toBe(oidc.subOf("bob"));
    }
  } finally {
    oidc.omitRefreshToken = false;
  }
  oidc.expireAccessTokens(oidc.subOf("bob"));
  expect((await whoami(session)).person).toBe(oidc.subOf("bob"));
  expect(refreshes("bob").map(({ status, refreshToken }) => [status, refreshToken?.generation])).toEqual([[200, 0], [200, 0], [200, 0]]);
});

it("field 3: of one refresh token there is one copy: each server has its own connection, and none ends another's", async () => {
  const { oidc } = running;
  const notes = await running.signIn("ada");
  const mail = await running.signIn("ada", "mail", notes.robot);
  const sessions = [await openSession(running, notes), await openSession(running, mail, "mail")] as const;
  const [one, other] = [await whoami(sessions[0]), await whoami(sessions[1])];
  expect(one.tokenHash).not.toBe(other.tokenHash);
  const before = refreshes("ada").length;
  oidc.expireAccessTokens(oidc.subOf("ada"));
  expect((await whoami(sessions[0])).person).toBe(oidc.subOf("ada"));
  await waitFor("the one refresh", () => refreshes("ada").length === before + 1);
  const families = new Set(refreshes("ada").slice(before).map(({ refreshToken }) => refreshToken?.family));
  expect(families.size).toBe(1);
});
