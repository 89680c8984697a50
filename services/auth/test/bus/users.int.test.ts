import { authV1 } from "@mcp-auth-proxy/contracts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Browser } from "../browser.ts";
import { TestClient } from "../client.ts";
import { startAuth, type RunningAuth } from "../running-auth.ts";

let auth: RunningAuth;
beforeEach(async () => {
  auth = await startAuth();
});
afterEach(() => auth.stop());

it("lists nobody before the first sign-in", async () => {
  expect(await auth.bridge.ask(authV1.users, { limit: 10 })).toEqual({ users: [], total: 0 });
});

it("lists who signed in, with the login opened, living sessions and living grants", async () => {
  const since = auth.clock.now();
  const client = await TestClient.register(auth);
  await client.signIn();
  const { refreshToken } = { refreshToken: (await client.signIn()).refreshToken };
  await client.approve({}, new Browser(auth));
  const owner = { subjectId: expect.stringMatching(/^[0-9a-f-]{36}$/), login: "owner", firstSeenAt: since };
  expect(await auth.bridge.ask(authV1.users, { limit: 10 })).toEqual({ users: [{ ...owner, sessions: 3, grants: 2 }], total: 1 });
  await client.revoke(refreshToken);
  auth.clock.advance(auth.config.session.idleMs);
  expect(await auth.bridge.ask(authV1.users, { limit: 10 })).toEqual({ users: [{ ...owner, sessions: 0, grants: 1 }], total: 1 });
});

it("keeps a person in the list whose key was shredded, without a login", async () => {
  await (await TestClient.register(auth)).signIn();
  await auth.store.transact(async ({ sql }) => {
    await sql.deleteFrom("cx_subject_keys").execute();
  });
  const { users } = await auth.bridge.ask(authV1.users, { limit: 10 });
  expect(users.map(({ login }) => login)).toEqual([undefined]);
});
