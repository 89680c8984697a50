import { refresherV1, vaultV1 } from "@mcp-auth-proxy/contracts";
import { createSealingKeyPair, sealTo } from "@mcp-auth-proxy/crypto";
import { waitFor } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import type { RefresherSql } from "../src/projections/tables.ts";
import { startTokenEndpoint } from "./support/token-endpoint.ts";
import { ada, bob, idOf, otherResource, resource, startWorld, type World } from "./support/world.ts";

/** Many bridges with the same living person. */
const askAll = async (world: World, owner: typeof ada, times: number): Promise<readonly number[]> => {
  const [key] = (await world.auth.ask(vaultV1.sealingKeys, {})).keys;
  if (key === undefined) throw new Error("the vault serves no sealing key");
  await world.fakeAuth.heartbeat();
  const token = Buffer.from(await world.fakeAuth.token(owner.resource, { subject: owner.subjectId }));
  const question = { credentialId: idOf(owner), generation: 1, sealedCallerToken: await sealTo(key, token) };
  const answers = await Promise.all(Array.from({ length: times }, () => world.auth.ask(refresherV1.refreshNow, question)));
  return answers.map(({ generation }) => generation);
};

describe("a person who waits", () => {
  it("is one of 1,000 in 5 replicas, and the provider is asked once (B05)", async () => {
    await using idp = await startTokenEndpoint();
    await using world = await startWorld(idp);
    await Promise.all(Array.from({ length: 5 }, () => world.startReplica()));
    await world.connect(ada, idp.signIn());
    world.clock.advance(4_000_000);
    const answers = await askAll(world, ada, 1_000);
    expect(new Set(answers)).toEqual(new Set([2]));
    expect([idp.requests.length, idp.replays]).toEqual([1, 0]);
    expect(idp.isLive(await world.accessToken(ada))).toBe(true);
  });

  it("never gets what another one waits for, however alike they are (B04)", async () => {
    await using idp = await startTokenEndpoint();
    await using world = await startWorld(idp);
    await Promise.all([world.startReplica(), world.startReplica()]);
    // One separator more or less, and two would be one.
    const people = [ada, bob, { ...ada, resource: otherResource }, { ...ada, subjectId: `ada","${resource}` }, { ...ada, subjectId: "ada ", resource: otherResource }];
    const grants = people.map(() => idp.signIn());
    for (const [at, person] of people.entries()) await world.connect(person, grants[at] ?? idp.signIn());
    await Promise.all(people.map((person) => askAll(world, person, 20)));
    expect(idp.requests).toHaveLength(people.length);
    expect(new Set(idp.requests.map(({ form }) => form.get("refresh_token")))).toEqual(new Set(grants.map(({ refreshToken }) => refreshToken)));
    const tokens = await Promise.all(people.map((person) => world.accessToken(person)));
    expect(new Set(tokens).size).toBe(people.length);
    expect(tokens.every((token) => idp.isLive(token))).toBe(true);
  });

  it("is answered at once when the refresh has happened already", async () => {
    await using idp = await startTokenEndpoint();
    await using world = await startWorld(idp);
    await world.startReplica();
    await world.connect(ada, idp.signIn());
    expect(await world.refreshNow(ada, 1)).toBe(2);
    expect(await world.refreshNow(ada, 1)).toBe(2);
    expect(idp.requests).toHaveLength(1);
  });

  it("joins a refresh that another replica began because it was due", async () => {
    await using idp = await startTokenEndpoint();
    const { promise, resolve } = Promise.withResolvers<void>();
    idp.hold = promise;
    await using world = await startWorld(idp);
    await Promise.all([world.startReplica(), world.startReplica(), world.startReplica()]);
    await world.connect(ada, idp.signIn());
    await world.untilDue(ada);
    await waitFor("the request", () => idp.requests.length === 1);
    const answers = askAll(world, ada, 30);
    resolve();
    expect(new Set(await answers)).toEqual(new Set([2]));
    expect(idp.requests).toHaveLength(1);
  });

  it.each([
    ["of another person", bob.subjectId, resource],
    ["for another server", ada.subjectId, otherResource],
  ])("is not refreshed for with a token %s", async (_, subject, audience) => {
    await using idp = await startTokenEndpoint();
    await using world = await startWorld(idp);
    await world.startReplica();
    await world.connect(ada, idp.signIn());
    const token = await world.fakeAuth.token(audience, { subject });
    await expect(world.refreshNow(ada, 1, token)).rejects.toMatchObject({ code: "refused" });
    expect(idp.requests).toEqual([]);
    expect(await world.status(ada)).toMatchObject({ generation: 1, status: "connected" });
    expect(await world.refreshNow(ada, 1)).toBe(2);
  });

  it("is not refused because somebody else's token was", async () => {
    await using idp = await startTokenEndpoint();
    await using world = await startWorld(idp);
    await world.startReplica();
    await world.connect(ada, idp.signIn());
    const bad = world.refreshNow(ada, 1, await world.fakeAuth.token(resource, { subject: "bob" })).catch((error: unknown) => error);
    const good = world.refreshNow(ada, 1);
    expect(await good).toBe(2);
    expect(await bad).toSatisfy((outcome) => outcome === 2 || (outcome as { code: string }).code === "refused");
  });

  it("waits through a failure that passes", async () => {
    await using idp = await startTokenEndpoint();
    await using world = await startWorld(idp, { config: { policy: { thresholdMs: 300_000, maxRetries: 3, retryDelayMs: 10 } } });
    await world.startReplica();
    await world.connect(ada, idp.signIn());
    idp.failNext({ kind: "status", status: 503 });
    const answer = world.refreshNow(ada, 1);
    await waitFor("the failure", async () => (await world.history(ada)).includes("RefreshFailed"));
    world.clock.advance(1_000);
    expect(await answer).toBe(2);
  });

  it.each([
    ["nobody connected", { ...ada, subjectId: "nobody" }, 1, "not_found"],
    ["a generation that never was", ada, 7, "unavailable"],
  ])("is told at once when there is nothing to refresh: %s", async (_, owner, generation, code) => {
    await using idp = await startTokenEndpoint();
    await using world = await startWorld(idp);
    await world.startReplica();
    await world.connect(ada, idp.signIn());
    await expect(world.refreshNow(owner, generation)).rejects.toMatchObject({ code });
    expect(idp.requests).toEqual([]);
  });

  it("is told at once that they have to connect again when there is no refresh token", async () => {
    await using idp = await startTokenEndpoint();
    await using world = await startWorld(idp);
    await world.startReplica();
    await world.connect(ada, { refreshToken: "", response: JSON.stringify({ access_token: "a", expires_in: 3_600 }) });
    await expect(world.refreshNow(ada, 1)).rejects.toMatchObject({ code: "reconnect_required" });
    expect(idp.requests).toEqual([]);
  });

  it("is told to come later when too many wait", async () => {
    await using idp = await startTokenEndpoint();
    const { promise, resolve } = Promise.withResolvers<void>();
    idp.hold = promise;
    await using world = await startWorld(idp, { limits: { waitingPerCredential: 3 } });
    await world.startReplica();
    await world.connect(ada, idp.signIn());
    const first = askAll(world, ada, 3);
    await waitFor("the request", () => idp.requests.length === 1);
    await expect(world.refreshNow(ada, 1)).rejects.toMatchObject({ code: "limit_exceeded" });
    resolve();
    expect(await first).toEqual([2, 2, 2]);
  });
});

describe("an answer that the vault does not take yet", () => {
  it("is kept, and not lost: the vault has it when it is back", async () => {
    await using idp = await startTokenEndpoint();
    const { promise, resolve } = Promise.withResolvers<void>();
    idp.hold = promise;
    await using world = await startWorld(idp);
    const service = await world.startReplica();
    await world.connect(ada, idp.signIn());
    await world.untilDue(ada);
    await waitFor("the request", () => idp.requests.length === 1);
    await world.stopVault();
    resolve();
    const sql: RefresherSql = world.store.sql;
    const rows = (): Promise<readonly { sealed: string }[]> => sql.selectFrom("cx_answers").select("sealed").execute();
    await waitFor("the answer", async () => (await rows()).length === 1);
    await waitFor("a first try", () => world.logLines.some((line) => line.includes("has not taken a refreshed token yet")));
    // What is kept opens for the vault alone.
    const stranger = await createSealingKeyPair();
    await expect(stranger.open((await rows())[0]?.sealed ?? "")).rejects.toMatchObject({ code: "undecryptable" });
    await service.stop(1_000);
    await world.startVault();
    await world.startReplica();
    await waitFor("generation 2", async () => (await world.status(ada))?.generation === 2);
    await waitFor("nothing kept", async () => (await rows()).length === 0);
    expect([idp.requests.length, idp.replays]).toEqual([1, 0]);
    expect(idp.isLive(await world.accessToken(ada))).toBe(true);
  });

  it("is kept before it is looked into, so that a key set that is away costs no token (B06)", async () => {
    await using idp = await startTokenEndpoint();
    // An id token that nobody could verify: no key set exists at all.
    idp.more = { id_token: "e30.e30.bm8gc2lnbmF0dXJl" };
    await using world = await startWorld(idp);
    await world.startReplica();
    await world.connect(ada, idp.signIn());
    await world.untilDue(ada);
    await waitFor("generation 2", async () => (await world.status(ada))?.generation === 2);
    expect(idp.isLive(await world.accessToken(ada))).toBe(true);
  });
});

describe("what the vault tells", () => {
  it("is made up for when a refresher starts late or was away", async () => {
    await using idp = await startTokenEndpoint();
    await using world = await startWorld(idp);
    await world.connect(ada, idp.signIn());
    const first = await world.startReplica();
    await waitFor("ada's plan", async () => (await world.stateOf(ada)).status === "waiting");
    await first.stop(1_000);
    await world.connect(bob, idp.signIn());
    await world.startReplica();
    await waitFor("bob's plan", async () => (await world.stateOf(bob)).status === "waiting");
  });

  it("is not needed for a start: it is read when the vault is there", async () => {
    await using idp = await startTokenEndpoint();
    await using world = await startWorld(idp);
    await world.stopVault();
    const service = await world.startReplica();
    expect(service.readiness()).toMatchObject({ ready: false });
    await world.startVault();
    await world.connect(ada, idp.signIn());
    await waitFor("the plan", async () => (await world.stateOf(ada)).status === "waiting");
    expect(service.readiness()).toMatchObject({ ready: true });
  });

  it("ends a credential here when it is deleted there, also while a refresh runs", async () => {
    await using idp = await startTokenEndpoint();
    const { promise, resolve } = Promise.withResolvers<void>();
    idp.hold = promise;
    await using world = await startWorld(idp);
    await world.startReplica();
    await world.connect(ada, idp.signIn());
    await world.untilDue(ada);
    await waitFor("the request", () => idp.requests.length === 1);
    await world.auth.ask(vaultV1.shredCredential, { commandId: crypto.randomUUID(), credentialId: idOf(ada), actor: "ada" });
    resolve();
    await waitFor("the end", async () => (await world.stateOf(ada)).status === "ended");
    await waitFor("nothing left", async () => (await world.store.sql.selectFrom("cx_answers").selectAll().execute()).length === 0);
    expect(await world.store.sql.selectFrom("cx_credentials").selectAll().execute()).toEqual([]);
    expect(await world.status(ada)).toBeUndefined();
    await expect(world.refreshNow(ada, 1)).rejects.toMatchObject({ code: "not_found" });
  });
});
