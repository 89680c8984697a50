import { AppError } from "@mcp-auth-proxy/contracts";
import { waitFor } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { startTokenEndpoint } from "./support/token-endpoint.ts";
import { ada, startWorld, type World } from "./support/world.ts";

const refreshed = (world: World, generation: number) => waitFor(`generation ${generation}`, async () => ((await world.status(ada))?.generation ?? 0) >= generation);

describe("a credential that is due", () => {
  it("is refreshed before it expires, and planned again", async () => {
    await using idp = await startTokenEndpoint();
    await using world = await startWorld(idp);
    await world.startReplica();
    await world.connect(ada, idp.signIn());
    await world.untilDue(ada);
    await refreshed(world, 2);
    expect(idp.isLive(await world.accessToken(ada))).toBe(true);
    await world.untilDue(ada);
    await refreshed(world, 3);
    expect([idp.requests.length, idp.replays]).toEqual([2, 0]);
    await waitFor("the log", async () => (await world.history(ada)).length >= 7);
    expect(await world.history(ada)).toEqual(["RefreshScheduled", "RefreshStarted", "RefreshSucceeded", "RefreshScheduled", "RefreshStarted", "RefreshSucceeded", "RefreshScheduled"]);
  });

  it("is asked for as RFC 6749 section 6 says, by the client that it belongs to", async () => {
    await using idp = await startTokenEndpoint();
    await using world = await startWorld(idp, { config: {} });
    await world.startReplica();
    const grant = idp.signIn();
    await world.connect(ada, grant);
    await world.untilDue(ada);
    await refreshed(world, 2);
    const [request] = idp.requests;
    expect(Object.fromEntries(request?.form ?? [])).toEqual({ grant_type: "refresh_token", refresh_token: grant.refreshToken });
    expect(request?.authorization).toBe(`Basic ${Buffer.from("gateway:s3cret+of+ours").toString("base64")}`);
  });

  it("keeps its old refresh token when the answer brings none (2.7.3)", async () => {
    await using idp = await startTokenEndpoint({ rotate: false });
    await using world = await startWorld(idp);
    await world.startReplica();
    const grant = idp.signIn();
    await world.connect(ada, grant);
    for (const generation of [2, 3]) {
      await world.untilDue(ada);
      await refreshed(world, generation);
    }
    expect(idp.requests.map(({ form }) => form.get("refresh_token"))).toEqual([grant.refreshToken, grant.refreshToken]);
  });

  it("is never scheduled when it does not expire", async () => {
    await using idp = await startTokenEndpoint();
    idp.expiresIn = undefined;
    await using world = await startWorld(idp);
    await world.startReplica();
    await world.connect(ada, idp.signIn());
    // Its owner can have it refreshed all the same, and then it is known here.
    expect(await world.refreshNow(ada, 1)).toBe(2);
    expect(await world.history(ada)).toEqual(["RefreshStarted", "RefreshSucceeded"]);
    expect(await world.stateOf(ada)).not.toHaveProperty("dueAt");
  });
});

describe("a refresh that fails", () => {
  it.each([
    ["429", 429],
    ["500", 500],
    ["503", 503],
  ])("with %s is tried again later, with the same token", async (_, status) => {
    await using idp = await startTokenEndpoint();
    await using world = await startWorld(idp);
    await world.startReplica();
    const grant = idp.signIn();
    await world.connect(ada, grant);
    idp.failNext({ kind: "status", status });
    await world.untilDue(ada);
    await waitFor("the failure", async () => (await world.history(ada)).includes("RefreshFailed"));
    expect(await world.status(ada)).toMatchObject({ status: "connected", generation: 1 });
    world.clock.advance(2_500);
    await refreshed(world, 2);
    expect(idp.requests.map(({ form }) => form.get("refresh_token"))).toEqual([grant.refreshToken, grant.refreshToken]);
    expect(idp.replays).toBe(0);
  });

  it("is not repeated before the Retry-After of the provider", async () => {
    await using idp = await startTokenEndpoint();
    await using world = await startWorld(idp);
    await world.startReplica();
    await world.connect(ada, idp.signIn());
    idp.failNext({ kind: "status", status: 429, headers: { "retry-after": "120" } });
    await world.untilDue(ada);
    await waitFor("the failure", async () => (await world.history(ada)).includes("RefreshFailed"));
    expect(await world.stateOf(ada)).toMatchObject({ notBefore: world.clock.now() + 120_000, askableAt: world.clock.now() + 120_000 });
    await expect(world.refreshNow(ada, 1)).rejects.toMatchObject({ code: "unavailable" });
    expect(idp.requests).toHaveLength(1);
    world.clock.advance(120_000);
    await refreshed(world, 2);
  });

  it("with invalid_grant asks the person to connect again, once, and is never repeated", async () => {
    await using idp = await startTokenEndpoint();
    await using world = await startWorld(idp);
    await world.startReplica();
    await world.connect(ada, idp.signIn());
    idp.revokeAll();
    await world.untilDue(ada);
    await waitFor("the vault to know", async () => (await world.status(ada))?.status === "broken");
    expect(await world.status(ada)).toMatchObject({ brokenBecause: "invalid-grant" });
    await waitFor("the end", async () => (await world.stateOf(ada)).status === "ended");
    world.clock.advance(86_400_000);
    await expect(world.refreshNow(ada, 1)).rejects.toMatchObject({ code: "reconnect_required" });
    expect(idp.requests).toHaveLength(1);
    await world.connect(ada, idp.signIn());
    await world.untilDue(ada);
    await refreshed(world, 3);
  });

  it("because of our own client breaks nothing: it is told to the operator and tried again", async () => {
    await using idp = await startTokenEndpoint();
    await using world = await startWorld(idp);
    const service = await world.startReplica();
    await world.connect(ada, idp.signIn());
    idp.failNext({ kind: "status", status: 401, body: '{"error":"invalid_client"}' });
    await world.untilDue(ada);
    await waitFor("the failure", async () => (await world.history(ada)).includes("RefreshFailed"));
    expect(service.readiness()).toMatchObject({ ready: true, warnings: [expect.stringContaining("idp refuses this gateway's client")] });
    expect(await world.status(ada)).toMatchObject({ status: "connected" });
    world.clock.advance(90_000);
    await refreshed(world, 2);
    await waitFor("no warning", () => service.readiness().ready && (service.readiness() as { warnings: readonly string[] }).warnings.length === 0);
  });

  it.each<[string, { readonly kind: "lost" } | { readonly kind: "silent" }]>([
    ["whose answer is lost", { kind: "lost" }],
    ["whose answer does not come", { kind: "silent" }],
  ])("%s is never repeated at a provider that may rotate: the person is asked, once", async (_, fault) => {
    await using idp = await startTokenEndpoint();
    await using world = await startWorld(idp, { limits: { providerMs: 300 } });
    await world.startReplica();
    await world.connect(ada, idp.signIn());
    idp.failNext(fault);
    await world.untilDue(ada);
    await waitFor("the vault to know", async () => (await world.status(ada))?.status === "broken");
    expect(await world.status(ada)).toMatchObject({ brokenBecause: "uncertain" });
    world.clock.advance(86_400_000);
    await expect(world.refreshNow(ada, 1)).rejects.toBeInstanceOf(AppError);
    expect([idp.requests.length, idp.replays]).toEqual([1, 0]);
  });

  it("whose answer is lost is repeated at a provider that was seen not to rotate", async () => {
    await using idp = await startTokenEndpoint({ rotate: false });
    await using world = await startWorld(idp);
    await world.startReplica();
    await world.connect(ada, idp.signIn());
    await world.untilDue(ada);
    await refreshed(world, 2);
    idp.failNext({ kind: "lost" });
    await world.untilDue(ada);
    await waitFor("the failure", async () => (await world.history(ada)).includes("RefreshUncertain"));
    world.clock.advance(2_500);
    await refreshed(world, 3);
    expect(await world.status(ada)).toMatchObject({ status: "connected" });
  });

  it.each([
    ["garbage", '{"access_token":"<!doctype'],
    ["another shape", "[1,2,3]"],
    ["no token", "{}"],
  ])("with %s and status 200 breaks the connection where the provider may rotate, else it is repeated", async (_, body) => {
    await using idp = await startTokenEndpoint();
    await using world = await startWorld(idp);
    await world.startReplica();
    await world.connect(ada, idp.signIn());
    idp.failNext({ kind: "status", status: 200, body });
    await world.untilDue(ada);
    await waitFor("the vault to know", async () => (await world.status(ada))?.status === "broken");
    expect(await world.status(ada)).toMatchObject({ brokenBecause: "unusable-answer" });
    await using steady = await startTokenEndpoint({ rotate: false });
    await using elsewhere = await startWorld(steady, { provider: { rotates: false } });
    await elsewhere.startReplica();
    await elsewhere.connect(ada, steady.signIn());
    steady.failNext({ kind: "status", status: 200, body });
    await elsewhere.untilDue(ada);
    await waitFor("the failure", async () => (await elsewhere.history(ada)).includes("RefreshFailed"));
    elsewhere.clock.advance(2_500);
    await refreshed(elsewhere, 2);
  });

  it("is understood when the error comes with status 200, as GitHub sends it", async () => {
    await using idp = await startTokenEndpoint();
    await using world = await startWorld(idp);
    await world.startReplica();
    await world.connect(ada, idp.signIn());
    idp.failNext({ kind: "status", status: 200, body: '{"error":"incorrect_client_credentials"}' });
    await world.untilDue(ada);
    await waitFor("the failure", async () => (await world.history(ada)).includes("RefreshFailed"));
    expect(await world.status(ada)).toMatchObject({ status: "connected" });
    world.clock.advance(90_000);
    await refreshed(world, 2);
  });
});
