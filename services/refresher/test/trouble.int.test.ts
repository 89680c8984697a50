import { AppError, refresherV1 } from "@mcp-auth-proxy/contracts";
import { Secret } from "@mcp-auth-proxy/crypto";
import type { EventStore } from "@mcp-auth-proxy/event-store";
import { createProviderOutbound } from "@mcp-auth-proxy/http";
import { waitFor } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { startTokenEndpoint } from "./support/token-endpoint.ts";
import { ada, bob, idOf, otherResource, startWorld, type World } from "./support/world.ts";

const refreshed = (world: World, generation: number) => waitFor(`generation ${generation}`, async () => ((await world.status(ada))?.generation ?? 0) >= generation);

/** The same store, whose transactions fail while `isAway` says so. */
const failing = (store: EventStore, isAway: () => boolean): EventStore => ({
  logEpoch: store.logEpoch,
  shared: store.shared,
  get sql() {
    return store.sql;
  },
  transact: async (work) => {
    if (isAway()) throw new AppError("unavailable", "the database can not answer");
    return store.transact(work);
  },
  readFeed: (after, limit) => store.readFeed(after, limit),
  head: () => store.head(),
  onCommitted: (listener) => store.onCommitted(listener),
  rebuild: () => store.rebuild(),
  close: () => store.close(),
});

describe("while something is away, nothing is lost", () => {
  it.each([
    ["the answer", undefined],
    ["the provider's no", 503],
  ])("our own database: %s is written when it is back", async (_, status) => {
    await using idp = await startTokenEndpoint();
    if (status !== undefined) idp.failNext({ kind: "status", status });
    await using world = await startWorld(idp);
    let refusals = 0;
    const isAway = (): boolean => idp.requests.length === 1 && refusals < 4 && (refusals += 1) > 0;
    await world.startReplica({ store: failing(world.store, isAway) });
    await world.connect(ada, idp.signIn());
    await world.untilDue(ada);
    await waitFor("the request", () => idp.requests.length === 1);
    if (status === undefined) await refreshed(world, 2);
    else await waitFor("the failure", async () => (await world.history(ada)).includes("RefreshFailed"));
    expect(refusals).toBe(4);
    expect(await world.status(ada)).toMatchObject({ status: "connected" });
    expect([idp.requests.length, idp.replays]).toEqual([1, 0]);
  });

  it("the vault: it is told that a connection is broken when it is back, once", async () => {
    await using idp = await startTokenEndpoint();
    const { promise, resolve } = Promise.withResolvers<void>();
    idp.hold = promise;
    await using world = await startWorld(idp);
    const service = await world.startReplica();
    await world.connect(ada, idp.signIn());
    idp.revokeAll();
    await world.untilDue(ada);
    await waitFor("the request", () => idp.requests.length === 1);
    await world.stopVault();
    resolve();
    await waitFor("a try", () => world.logLines.some((line) => line.includes("was not told yet")));
    await world.startVault();
    world.clock.advance(10_000);
    await waitFor("the vault to know", async () => (await world.status(ada))?.status === "broken");
    await waitFor("the end", async () => (await world.stateOf(ada)).status === "ended");
    expect(service.readiness()).toMatchObject({ ready: true });
    expect(idp.requests).toHaveLength(1);
  });
});

describe("a worker whose own time is over", () => {
  it("writes nothing to the provider, and says that it has not", async () => {
    await using idp = await startTokenEndpoint();
    await using world = await startWorld(idp);
    let offset = 0;
    const outbound = createProviderOutbound({ configured: [idp.url], limits: { atOnce: 9, perHost: 9 }, log: world.log });
    let stalls = 1;
    await world.startReplica({
      monotonic: () => performance.now() + offset,
      outbound: {
        mayGoTo: (url) => outbound.mayGoTo(url),
        // Stopped for a minute, as a paused machine is, right before it would have connected.
        send: (url, request) => {
          if (stalls-- > 0) offset += 60_000;
          return outbound.send(url, request);
        },
      },
    });
    await world.connect(ada, idp.signIn());
    await world.untilDue(ada);
    await waitFor("the failure", async () => (await world.history(ada)).includes("RefreshFailed"));
    expect(idp.requests).toEqual([]);
    world.clock.advance(3_000);
    await refreshed(world, 2);
    expect(idp.requests).toHaveLength(1);
  });
});

describe("a client of ours", () => {
  it("is the server's own where it has one", async () => {
    await using idp = await startTokenEndpoint();
    await using world = await startWorld(idp, {
      config: { clientsOfResource: [{ resource: otherResource, provider: "idp", clientId: "files:1", clientSecret: Secret.of("a b&c") }] },
    });
    await world.startReplica();
    const files = { ...ada, resource: otherResource };
    await world.connect(ada, idp.signIn());
    await world.connect(files, idp.signIn());
    await world.refreshNow(files, 1);
    await world.refreshNow(ada, 1);
    expect(idp.requests.map(({ authorization }) => Buffer.from(authorization?.slice(6) ?? "", "base64").toString())).toEqual(["files%3A1:a+b%26c", "gateway:s3cret+of+ours"]);
  });

  it.each([
    ["with its secret in the body", { clientAuthentication: "client_secret_post" as const }, { client_id: "gateway", client_secret: "s3cret of ours" }],
  ])("proves itself %s where the provider wants that", async (_, provider, form) => {
    await using idp = await startTokenEndpoint();
    await using world = await startWorld(idp, { provider });
    await world.startReplica();
    await world.connect(ada, idp.signIn());
    await world.refreshNow(ada, 1);
    expect(idp.requests[0]?.authorization).toBeUndefined();
    expect(Object.fromEntries(idp.requests[0]?.form ?? [])).toMatchObject(form);
  });
});

it("what is connected at a provider that the configuration does not name any more is left alone", async () => {
  await using idp = await startTokenEndpoint();
  await using world = await startWorld(idp, { config: { providers: [] } });
  await world.startReplica();
  await world.connect(ada, idp.signIn());
  await world.untilDue(ada);
  await expect(world.refreshNow(ada, 1)).rejects.toMatchObject({ code: "unavailable" });
  expect(await world.status(ada)).toMatchObject({ status: "connected", generation: 1 });
  expect(await world.history(ada)).toEqual(["RefreshScheduled"]);
});

it("a failure is told to others with when it is tried again, and nothing of a token", async () => {
  await using idp = await startTokenEndpoint();
  await using world = await startWorld(idp);
  const told: unknown[] = [];
  world.auth.hear(refresherV1.refreshFailed, ({ data }) => void told.push(data));
  await world.startReplica();
  await world.connect(ada, idp.signIn());
  await world.connect(bob, idp.signIn());
  idp.failNext({ kind: "status", status: 500, headers: { "retry-after": "120" } });
  await expect(world.refreshNow(ada, 1)).rejects.toMatchObject({ code: "unavailable" });
  idp.revokeAll();
  world.clock.advance(120_000);
  await expect(world.refreshNow(bob, 1)).rejects.toMatchObject({ code: "reconnect_required" });
  await waitFor("both", () => told.length === 2);
  expect(told).toEqual([
    { credentialId: idOf(ada), generation: 1, provider: "idp", failure: "temporary", retryAt: expect.any(Number) as number },
    { credentialId: idOf(bob), generation: 1, provider: "idp", failure: "invalid-grant" },
  ]);
});
