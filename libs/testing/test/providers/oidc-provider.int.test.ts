import * as openid from "openid-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FormRobot, type OidcProvider, refreshUpstream, signInUpstream, startOidcProvider, stringIn, upstreamRedirect } from "../../src/index.ts";

const client = { clientId: "gateway", clientSecret: "shared-with-the-gateway", redirectUris: ["http://127.0.0.1:9/callback"] };
const offline = { scope: "openid email profile offline_access", parameters: { prompt: "consent" } };

describe("the OpenID provider", () => {
  let provider: OidcProvider;
  beforeEach(async () => {
    provider = await startOidcProvider({ clients: [client], people: [{ login: "ada", groups: ["staff"] }, { login: "bob", emailVerified: false }] });
  });
  afterEach(() => provider.stop());

  const signIn = async (person: string): Promise<Record<string, unknown>> =>
    (await signInUpstream({ endpoints: provider.endpoints, client, person, ...offline })).json();
  const refresh = (token: unknown) => refreshUpstream(provider.endpoints.token, client, String(token));
  const userinfo = (token: unknown) => fetch(provider.endpoints.userinfo, { headers: { authorization: `Bearer ${String(token)}` } });

  it.each([
    ["a secret in the body", openid.ClientSecretPost(client.clientSecret)],
    ["a secret in the header", openid.ClientSecretBasic(client.clientSecret)],
  ])("signs a person in for a strict client with %s", async (_how, authentication) => {
    const config = await openid.discovery(new URL(provider.issuer), client.clientId, undefined, authentication, { execute: [openid.allowInsecureRequests] });
    const { url, verifier, nonce } = await upstreamRedirect({ endpoints: provider.endpoints, client, person: "ada", ...offline });
    expect(url.searchParams.get("iss")).toBe(provider.issuer);
    const checks = { pkceCodeVerifier: verifier, expectedNonce: nonce, expectedState: url.searchParams.get("state") ?? "" };
    const tokens = await openid.authorizationCodeGrant(config, url, checks);
    expect(tokens.claims()).toMatchObject({ sub: provider.subOf("ada"), email: "ada@example.com", email_verified: true, groups: ["staff"] });
    expect(await openid.fetchUserInfo(config, tokens.access_token, provider.subOf("ada"))).toMatchObject({ name: "Ada", picture: expect.any(String) });
    const next = await openid.refreshTokenGrant(config, tokens.refresh_token ?? "");
    expect(next.refresh_token).not.toBe(tokens.refresh_token);
    expect(await openid.tokenIntrospection(config, next.access_token)).toMatchObject({ active: true, sub: provider.subOf("ada") });
    await openid.tokenRevocation(config, next.refresh_token ?? "");
    await expect(openid.refreshTokenGrant(config, next.refresh_token ?? "")).rejects.toMatchObject({ error: "invalid_grant" });
    expect(provider.isLive(next.access_token)).toBeUndefined();
  });

  it("refuses a code without the verifier that belongs to it", async () => {
    const { url } = await upstreamRedirect({ endpoints: provider.endpoints, client, person: "ada" });
    const config = await openid.discovery(new URL(provider.issuer), client.clientId, client.clientSecret, undefined, { execute: [openid.allowInsecureRequests] });
    const wrong = { pkceCodeVerifier: openid.randomPKCECodeVerifier(), expectedState: url.searchParams.get("state") ?? "" };
    await expect(openid.authorizationCodeGrant(config, url, wrong)).rejects.toMatchObject({ error: "invalid_grant" });
  });

  it("gives a refresh token for offline_access only with prompt=consent", async () => {
    const answer = await signInUpstream({ endpoints: provider.endpoints, client, person: "ada", scope: offline.scope });
    expect(answer.json()).not.toHaveProperty("refresh_token");
  });

  it("says no to the client when the person does", async () => {
    const { url } = await upstreamRedirect({ endpoints: provider.endpoints, client, person: "ada", decision: "deny" });
    expect(url.searchParams.get("error")).toBe("access_denied");
  });

  it("knows a browser again, and asks it only when told to", async () => {
    const robot = new FormRobot();
    const endpoints = provider.endpoints;
    await upstreamRedirect({ endpoints, client, person: "bob", robot });
    const pages = robot.pages.length;
    await upstreamRedirect({ endpoints, client, person: "ada", robot });
    expect(robot.pages.slice(pages).map((page) => page.text).join()).not.toContain("<form");
    await upstreamRedirect({ endpoints, client, person: "ada", robot, parameters: { prompt: "consent" } });
    expect(robot.pages.at(-3)?.text).toContain("Allow access");
  });

  it("signs in without a page whom the test names", async () => {
    provider.signedIn = "bob";
    const { access_token: token } = await signIn("ada");
    expect(provider.isLive(String(token))).toMatchObject({ sub: provider.subOf("bob") });
    expect(await (await userinfo(token)).json()).toMatchObject({ email_verified: false });
  });

  it("ends the family of a refresh token that is used twice, and tells the generations apart", async () => {
    const first = await signIn("ada");
    const second = (await refresh(first.refresh_token)).json();
    const third = (await refresh(second.refresh_token)).json();
    expect((await refresh(second.refresh_token)).json()).toMatchObject({ error: "invalid_grant" });
    expect((await refresh(third.refresh_token)).json()).toMatchObject({ error: "invalid_grant" });
    expect(provider.isLive(String(third.access_token))).toBeUndefined();
    const refreshes = provider.requests.filter((request) => request.grantType === "refresh_token");
    expect(refreshes.map(({ refreshToken, status }) => [refreshToken?.generation, status])).toEqual([
      [0, 200],
      [1, 200],
      [1, 400],
      [2, 400],
    ]);
    expect(new Set(refreshes.map(({ refreshToken }) => refreshToken?.family)).size).toBe(1);
    expect(JSON.stringify(provider.requests)).not.toContain(stringIn(first, "refresh_token"));
  });

  it("lets one of many refreshes at the same moment through", async () => {
    const { refresh_token: token } = await signIn("ada");
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(token)));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
  });

  it("keeps one refresh token when it does not rotate, and names none when it omits them", async () => {
    provider.rotate = false;
    const { refresh_token: token } = await signIn("ada");
    expect((await refresh(token)).json().refresh_token).toBe(token);
    provider.omitRefreshToken = true;
    expect((await refresh(token)).json()).not.toHaveProperty("refresh_token");
    expect((await refresh(token)).status).toBe(200);
  });

  it("gives out access tokens that last as long as the test says", async () => {
    provider.accessTokenTtlSeconds = 1234;
    expect(await signIn("ada")).toMatchObject({ expires_in: 1234 });
  });

  it("ends access tokens and leaves refresh tokens alone, or ends all of one person", async () => {
    const [ada, bob] = [await signIn("ada"), await signIn("bob")];
    provider.expireAccessTokens();
    expect((await userinfo(ada.access_token)).status).toBe(401);
    const fresh = [(await refresh(ada.refresh_token)).json(), (await refresh(bob.refresh_token)).json()];
    provider.revokePerson(provider.subOf("ada"));
    expect(fresh.map((tokens) => provider.isLive(String(tokens.access_token))?.sub)).toEqual([undefined, provider.subOf("bob")]);
    expect((await refresh(fresh[0]?.refresh_token)).json()).toMatchObject({ error: "invalid_grant" });
    expect((await signIn("ada")).access_token).toBeDefined();
  });

  it("tells of a person what the test changed", async () => {
    const { access_token: token } = await signIn("ada");
    provider.changePerson({ login: "ada", email: "ada@elsewhere.example", groups: [] });
    expect(await (await userinfo(token)).json()).toMatchObject({ email: "ada@elsewhere.example", groups: [], name: "Ada" });
  });

  it("grants less than was asked for", async () => {
    provider.grantOnly(["email"]);
    const tokens = await signIn("ada");
    expect(tokens).toMatchObject({ scope: "openid email" });
    expect(tokens).not.toHaveProperty("refresh_token");
  });
});
