import { Secret } from "@mcp-auth-proxy/crypto";
import { signInUpstream, startGithubProvider, startGoogleProvider, startOidcProvider, waitFor, type FaultKind, type UpstreamControls } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { ada, startWorld, type World } from "./support/world.ts";

const client = { clientId: "gateway", clientSecret: "s3cret-of-ours", redirectUris: ["http://127.0.0.1:9/auth/callback"] };
const credentials = { clientId: client.clientId, clientSecret: Secret.of(client.clientSecret) };

interface Kind {
  readonly name: string;
  readonly rotates: boolean;
  readonly start: () => Promise<UpstreamControls>;
  readonly signIn: { readonly scope?: string; readonly parameters?: Readonly<Record<string, string>> };
}

const kinds: readonly Kind[] = [
  { name: "an OpenID provider that rotates and ends the family on reuse", rotates: true, start: () => startOidcProvider({ clients: [client] }), signIn: { scope: "openid email offline_access", parameters: { prompt: "consent" } } },
  { name: "an OpenID provider that never rotates", rotates: false, start: () => startOidcProvider({ clients: [client], rotate: false }), signIn: { scope: "openid email offline_access", parameters: { prompt: "consent" } } },
  { name: "Google", rotates: false, start: () => startGoogleProvider({ clients: [client] }), signIn: { parameters: { access_type: "offline", prompt: "consent" } } },
  { name: "GitHub, with an app whose tokens expire", rotates: true, start: () => startGithubProvider({ clients: [{ ...client, kind: "github-app" }] }), signIn: { scope: "" } },
];

const connect = async (world: World, provider: UpstreamControls, { signIn }: Kind): Promise<void> => {
  const { text } = await signInUpstream({ endpoints: provider.endpoints, client, person: "ada", ...signIn });
  expect(text).toContain("refresh_token");
  await world.connect(ada, { refreshToken: "", response: text });
};

const open = async (provider: UpstreamControls, more: { readonly limits?: { readonly providerMs: number } } = {}): Promise<World> =>
  startWorld({ url: provider.endpoints.token }, { ...more, provider: { ...credentials, clientAuthentication: "client_secret_post" } });

const refreshes = (provider: UpstreamControls) => provider.requests.filter(({ grantType }) => grantType === "refresh_token");
const generation = async (world: World): Promise<number> => (await world.status(ada))?.generation ?? 0;

describe.each(kinds)("with $name", (kind) => {
  it("tokens are refreshed again and again", async () => {
    await using provider = await kind.start();
    await using world = await open(provider);
    await Promise.all([world.startReplica(), world.startReplica()]);
    await connect(world, provider, kind);
    for (const next of [2, 3, 4]) {
      await world.untilDue(ada);
      await waitFor(`generation ${next}`, async () => (await generation(world)) === next);
      expect(provider.isLive(await world.accessToken(ada))).toBeDefined();
    }
    const generations = refreshes(provider).map(({ refreshToken }) => refreshToken?.generation);
    expect(generations).toEqual(kind.rotates ? [0, 1, 2] : [0, 0, 0]);
  });

  it.each<FaultKind>(["429", "500"])("a failure with %s costs nothing", async (fault) => {
    await using provider = await kind.start();
    await using world = await open(provider);
    await world.startReplica();
    await connect(world, provider, kind);
    provider.failNext({ endpoint: "token", kind: fault });
    expect(await Promise.race([world.refreshNow(ada, 1), waitFor("the failure", async () => (await world.history(ada)).includes("RefreshFailed"))])).toBe(true);
    world.clock.advance(3_000);
    await waitFor("generation 2", async () => (await generation(world)) === 2);
    expect(provider.isLive(await world.accessToken(ada))).toBeDefined();
  });

  it.each<FaultKind>(["hang", "garbage", "huge", "close", "lost"])("what is lost by %s is never asked for twice where the token may be used up", async (fault) => {
    await using provider = await kind.start();
    await using world = await open(provider, { limits: { providerMs: 400 } });
    await world.startReplica();
    await connect(world, provider, kind);
    // Known from now on: this provider rotates, or does not.
    expect(await world.refreshNow(ada, 1)).toBe(2);
    provider.failNext({ endpoint: "token", kind: fault });
    const before = refreshes(provider).length;
    const answer = world.refreshNow(ada, 2).catch((error: unknown) => (error as { code: string }).code);
    if (kind.rotates) {
      expect(await answer).toBe("reconnect_required");
      await waitFor("the vault to know", async () => (await world.status(ada))?.status === "broken");
      world.clock.advance(86_400_000);
      expect(await world.refreshNow(ada, 2).catch((error: unknown) => (error as { code: string }).code)).toBe("reconnect_required");
      expect(refreshes(provider)).toHaveLength(before + 1);
    } else {
      await waitFor("the failure", async () => (await world.history(ada)).some((type) => type === "RefreshUncertain" || type === "RefreshFailed"));
      world.clock.advance(3_000);
      expect(await answer).toBe(3);
      expect(provider.isLive(await world.accessToken(ada))).toBeDefined();
    }
  });

  it("a person who took their consent back is asked to connect again", async () => {
    await using provider = await kind.start();
    await using world = await open(provider);
    await world.startReplica();
    await connect(world, provider, kind);
    provider.revokePerson(provider.subOf("ada"));
    await expect(world.refreshNow(ada, 1)).rejects.toMatchObject({ code: "reconnect_required" });
    await waitFor("the vault to know", async () => (await world.status(ada))?.status === "broken");
    expect(await world.status(ada)).toMatchObject({ brokenBecause: "invalid-grant" });
    await connect(world, provider, kind);
    await waitFor("the news", async () => (await generation(world)) === 2);
    expect(await world.refreshNow(ada, 2)).toBe(3);
  });

  it("a wrong secret of ours breaks nobody's connection", async () => {
    await using provider = await kind.start();
    await using world = await startWorld({ url: provider.endpoints.token }, { provider: { clientId: client.clientId, clientSecret: Secret.of("mistyped-secret"), clientAuthentication: "client_secret_post" } });
    const service = await world.startReplica();
    await connect(world, provider, kind);
    await expect(world.refreshNow(ada, 1)).rejects.toMatchObject({ code: "unavailable" });
    expect(await world.status(ada)).toMatchObject({ status: "connected" });
    expect(service.readiness()).toMatchObject({ warnings: [expect.stringContaining("client id or secret")] });
  });
});

it("an OpenID provider's token endpoint is found by its issuer", async () => {
  await using provider = await startOidcProvider({ clients: [client] });
  const { tokenEndpoint: _, ...discovered } = { tokenEndpoint: "", issuer: provider.issuer, id: "idp", ...credentials, clientAuthentication: "client_secret_basic" as const };
  await using world = await startWorld({ url: provider.issuer }, { config: { providers: [discovered] } });
  await world.startReplica();
  await connect(world, provider, { name: "", rotates: true, start: () => Promise.resolve(provider), signIn: { scope: "openid offline_access", parameters: { prompt: "consent" } } });
  expect(await world.refreshNow(ada, 1)).toBe(2);
});
