import { approve, type OAuthClient, registeredClient, request, robotRedirectUri, signIn, tokensIn } from "@mcp-auth-proxy/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { expectAccess, expectNoAccess, expectTokenError } from "../support/expect-access.ts";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

describe("A19 an authorization code", () => {
  const gateway = useGateway();
  let client: OAuthClient;
  beforeAll(async () => {
    client = await registeredClient(gateway());
  });

  it("sent again is refused and ends every token that came from it", async () => {
    const bystander = await signIn(gateway(), client);
    const { code, made } = await approve(gateway(), client);
    const tokens = tokensIn(await client.exchange(code, made));
    const newer = tokensIn(await client.refresh(tokens.refreshToken));
    await expectAccess(gateway(), newer);
    expectTokenError(await client.exchange(code, made), "invalid_grant");
    await expectNoAccess(gateway(), tokens);
    await expectNoAccess(gateway(), newer);
    expectTokenError(await client.refresh(newer.refreshToken), "invalid_grant");
    await expectAccess(gateway(), bystander.tokens);
    await expectAccess(gateway(), (await signIn(gateway(), client)).tokens);
  });

  it("redeemed fifty times at once succeeds at most once, and then ends what it gave", async () => {
    const { code, made } = await approve(gateway(), client);
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.exchange(code, made)));
    const good = answers.filter((answer) => answer.status === 200);
    expect(good).toHaveLength(1);
    for (const answer of answers) if (answer.status !== 200) expectTokenError(answer, "invalid_grant");
    for (const answer of good) await expectNoAccess(gateway(), tokensIn(answer));
    await expectAccess(gateway(), (await signIn(gateway(), client)).tokens);
  });

  it("of another client is invalid_grant and stays good for its owner", async () => {
    const stranger = await registeredClient(gateway());
    const { code, made } = await approve(gateway(), client);
    const before = recordedState(gateway());
    expectTokenError(await stranger.exchange(code, made), "invalid_grant");
    expect(recordedState(gateway())).toBe(before);
    await expectAccess(gateway(), tokensIn(await client.exchange(code, made)));
  });

  it("already redeemed, from another client, does not end the owner's tokens", async () => {
    const stranger = await registeredClient(gateway());
    const { code, made } = await approve(gateway(), client);
    const tokens = tokensIn(await client.exchange(code, made));
    const before = recordedState(gateway());
    expectTokenError(await stranger.exchange(code, made), "invalid_grant");
    expect(recordedState(gateway())).toBe(before);
    await expectAccess(gateway(), tokens);
  });

  it.each([
    ["another redirect URI", { redirect_uri: "http://127.0.0.1:9/other" }, "invalid_grant", 400],
    ["another port than it was asked with", { redirect_uri: robotRedirectUri.replace(":9/", ":10/") }, "invalid_grant", 400],
    ["a slash more", { redirect_uri: `${robotRedirectUri}/` }, "invalid_grant", 400],
    ["an unknown client", { client_id: "mcp_client_unknown" }, "invalid_client", 401],
    ["an unknown grant type", { grant_type: "password" }, "unsupported_grant_type", 400],
    ["no grant type", { grant_type: undefined }, "invalid_request", 400],
    ["no code", { code: undefined }, "invalid_request", 400],
    ["an unknown code", { code: `mcp_ac_${"A".repeat(43)}` }, "invalid_grant", 400],
    ["a code of ten thousand letters", { code: `mcp_ac_${"A".repeat(10_000)}` }, "invalid_grant", 400],
  ])("with %s is refused without a change and stays good", async (_, overrides, error, status) => {
    const { code, made } = await approve(gateway(), client);
    const before = recordedState(gateway());
    expectTokenError(await client.exchange(code, made, overrides), error, status);
    expect(recordedState(gateway())).toBe(before);
    await expectAccess(gateway(), tokensIn(await client.exchange(code, made)));
  });

  it.each([
    ["a parameter sent twice", (body: string) => `${body}&code=x`],
    ["the client in the body sent twice", (body: string) => `${body}&client_id=${client.clientId}`],
  ])("with %s is invalid_request and stays good", async (_, change) => {
    const { code, made } = await approve(gateway(), client);
    const body = new URLSearchParams({
      grant_type: "authorization_code",
      code,
      client_id: client.clientId,
      redirect_uri: made.redirectUri,
      code_verifier: made.pkce.verifier,
    }).toString();
    const answer = await request(client.discovery.tokenEndpoint, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: change(body),
    });
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ error: "invalid_request" });
    await expectAccess(gateway(), tokensIn(await client.exchange(code, made)));
  });
});

describe("A19 an authorization code after its time", () => {
  const gateway = useGateway({ environment: { AUTHORIZATION_CODE_TTL: "1" } });

  it("is refused", async () => {
    const client = await registeredClient(gateway());
    const { code, made } = await approve(gateway(), client);
    // Nothing but time changes here, and the code may only be sent once: the date of the gateway's own answers tells when.
    const gone = Date.now() + 1_500;
    await expect.poll(() => Date.now() > gone, { timeout: 5_000 }).toBe(true);
    expectTokenError(await client.exchange(code, made), "invalid_grant");
    await expectAccess(gateway(), (await signIn(gateway(), client)).tokens);
  });
});
