import { randomUUID } from "node:crypto";
import { authV1 } from "@mcp-auth-proxy/contracts";
import { Secret } from "@mcp-auth-proxy/crypto";
import { openPostgresStore } from "@mcp-auth-proxy/event-store";
import { type LaunchedPostgres, launchPostgres } from "@mcp-auth-proxy/testing/servers";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { Browser } from "./browser.ts";
import { TestClient } from "./client.ts";
import { startAuth, type RunningAuth, type RunningAuthOptions } from "./running-auth.ts";

let postgres: LaunchedPostgres;
let auth: RunningAuth;
let openStore: NonNullable<RunningAuthOptions["openStore"]>;

beforeAll(async () => {
  postgres = await launchPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());
beforeEach(async () => {
  const url = Secret.of(await postgres.createDatabase());
  openStore = (definition, clock) => openPostgresStore({ definition, url, schema: `test_${definition.name}`, clock });
  auth = await startAuth({ openStore });
});
afterEach(() => auth.stop());

it("leads from registration through consent and password to tokens, refreshes them, and forgives a repeat", async () => {
  const client = await TestClient.register(auth);
  const { refreshToken } = await client.signIn();
  const first = await client.refresh(refreshToken);
  const repeated = await client.refresh(refreshToken);
  expect([first.status, repeated.body]).toEqual([200, first.body]);
});

it("redeems a code once, however many try at the same time", async () => {
  const client = await TestClient.register(auth);
  const approved = await client.approve();
  const answers = await Promise.all(Array.from({ length: 8 }, () => client.exchange(approved)));
  expect(answers.map(({ status }) => status).filter((status) => status === 200).length).toBeLessThanOrEqual(1);
  expect((await auth.events()).filter((event) => event.endsWith("GrantIssued"))).toHaveLength(1);
});

it("ends all access at the operator's word, and says so in the feed and the denylist", async () => {
  const client = await TestClient.register(auth);
  const { refreshToken } = await client.signIn();
  await auth.bridge.ask(authV1.revoke, { commandId: randomUUID(), actor: "operator", target: { kind: "all" } });
  expect((await client.refresh(refreshToken)).status).toBe(400);
  expect((await auth.bridge.ask(authV1.denylist, {})).entries).toHaveLength(1);
  expect((await auth.events()).filter((event) => event.endsWith("GrantRevoked"))).toHaveLength(1);
});

it("keeps an audit trail without a gap while many sign in at once", async () => {
  const client = await TestClient.register(auth);
  await Promise.all(Array.from({ length: 5 }, () => client.signIn()));
  const verdict = await auth.bridge.ask(authV1.verifyAudit, {});
  expect(verdict.problems).toEqual([]);
  expect(verdict.rows).toBeGreaterThan(15);
});

it("locks out who guesses, and counts every guess of those that come at once", async () => {
  const client = await TestClient.register(auth);
  const failures = async () => (await auth.events()).length;
  const before = await failures();
  const guess = async (index: number) => {
    const browser = new Browser(auth, "192.0.2.77");
    const page = await browser.approve(await browser.open(client.authorizeUrl({ verifier: "", challenge: "c".repeat(43) })));
    return browser.submit(page, { password: `wrong ${index}` });
  };
  await Promise.all(Array.from({ length: auth.config.limits.failuresPerAddress }, (_, index) => guess(index)));
  const rows: readonly { readonly failures: number }[] = await auth.store.sql.selectFrom("tt_lockouts").select("failures").execute();
  expect(Math.max(...rows.map((row) => row.failures))).toBe(auth.config.limits.failuresPerAddress);
  expect(await failures()).toBe(before);
});

it("goes on after a restart: the session, the grants and the keys are there", async () => {
  const client = await TestClient.register(auth);
  const { refreshToken } = await client.signIn();
  const before = await auth.bridge.ask(authV1.jwks, {});
  await auth.stop();
  auth = await startAuth({ openStore, clock: auth.clock });
  expect(await auth.bridge.ask(authV1.jwks, {})).toEqual(before);
  expect((await new TestClient(auth, client.clientId).refresh(refreshToken)).status).toBe(200);
});
