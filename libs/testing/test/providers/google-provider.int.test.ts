import * as openid from "openid-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FormRobot, type GoogleProvider, refreshUpstream, request, signInUpstream, startGoogleProvider, upstreamRedirect } from "../../src/index.ts";

const client = { clientId: "1234.apps.googleusercontent.com", clientSecret: "GOCSPX-shared", redirectUris: ["http://127.0.0.1:9/callback"] };
const calendar = "https://www.googleapis.com/auth/calendar.readonly";
const drive = "https://www.googleapis.com/auth/drive.file";
const long = (name: string) => `https://www.googleapis.com/auth/userinfo.${name}`;

describe("a provider in Google's shape", () => {
  let google: GoogleProvider;
  beforeEach(async () => {
    google = await startGoogleProvider({ clients: [client] });
  });
  afterEach(() => google.stop());

  const signIn = async (person: string, parameters: Readonly<Record<string, string>> = { access_type: "offline" }, scope = `openid email ${calendar}`) =>
    (await signInUpstream({ endpoints: google.endpoints, client, person, scope, parameters })).json();
  const refresh = (token: unknown) => refreshUpstream(google.endpoints.token, client, String(token));
  const connect = () => openid.discovery(new URL(google.issuer), client.clientId, client.clientSecret, undefined, { execute: [openid.allowInsecureRequests] });

  it("signs a person in for a strict client, with a numeric subject and the Workspace domain", async () => {
    const config = await connect();
    expect(config.serverMetadata()).toMatchObject({ issuer: google.issuer, revocation_endpoint: `${google.issuer}/revoke`, scopes_supported: ["openid", "email", "profile"] });
    expect(config.serverMetadata().introspection_endpoint).toBeUndefined();
    const { url, verifier, nonce } = await upstreamRedirect({ endpoints: google.endpoints, client, person: "ada", parameters: { access_type: "offline" } });
    // Google sends this without announcing it.
    expect(url.searchParams.get("iss")).toBe(google.issuer);
    expect(url.searchParams.get("scope")).toBe(`openid ${long("email")} ${long("profile")}`);
    const checks = { pkceCodeVerifier: verifier, expectedNonce: nonce, expectedState: url.searchParams.get("state") ?? "" };
    const tokens = await openid.authorizationCodeGrant(config, url, checks);
    expect(tokens.claims()).toMatchObject({ hd: "example.com", email: "ada@example.com", email_verified: true, given_name: "Ada", sub: google.subOf("ada") });
    expect(google.subOf("ada")).toMatch(/^1\d{20}$/);
    expect(tokens).toMatchObject({ expires_in: 3599, refresh_token: expect.any(String), token_type: "bearer" });
    const next = await openid.refreshTokenGrant(config, tokens.refresh_token ?? "");
    expect(next.refresh_token).toBeUndefined();
    expect(next.claims()?.sub).toBe(google.subOf("ada"));
  });

  it("says nothing of a domain for a private account", async () => {
    const { id_token: idToken } = await signIn("bob");
    const claims = JSON.parse(Buffer.from(String(idToken).split(".")[1] ?? "", "base64url").toString());
    expect(claims).toMatchObject({ email: "bob@gmail.com", email_verified: true });
    expect(claims).not.toHaveProperty("hd");
  });

  it.each([
    ["at the first consent", {}, true],
    ["never without access_type=offline", { first: { access_type: "online" }, second: {} }, false],
    ["not when nothing new is asked for, in whatever browser", { first: { access_type: "offline" } }, false],
    ["again with prompt=consent", { first: { access_type: "offline" }, second: { access_type: "offline", prompt: "consent" } }, true],
  ])("gives a refresh token %s", async (_when, { first, second }: { first?: Record<string, string>; second?: Record<string, string> }, given) => {
    if (first !== undefined) await signIn("ada", first);
    expect("refresh_token" in (await signIn("ada", second))).toBe(given);
  });

  it("gives a refresh token for a new scope, and to each client and person of their own", async () => {
    await signIn("ada");
    expect(await signIn("ada", undefined, `openid email ${calendar} ${drive}`)).toHaveProperty("refresh_token");
    expect(await signIn("bob")).toHaveProperty("refresh_token");
  });

  it("keeps a refresh token good however often it is used", async () => {
    const { refresh_token: token } = await signIn("ada");
    const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(token)));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200]);
    expect(answers.some((answer) => answer.text.includes("refresh_token"))).toBe(false);
    expect(google.requests.filter(({ refreshToken }) => refreshToken?.generation === 0)).toHaveLength(5);
  });

  it("grants less than was asked for, in long names", async () => {
    google.grantOnly([drive]);
    const tokens = await signIn("ada", undefined, `openid email ${calendar} ${drive}`);
    expect(tokens.scope).toBe(`openid ${long("email")} ${drive}`);
  });

  it("shows a page of its own for a scope that it does not know, offline_access among them", async () => {
    const page = await new FormRobot().open(`${google.endpoints.authorization}?client_id=${client.clientId}&scope=openid%20offline_access`);
    expect([page.status, page.text.includes("invalid_scope")]).toEqual([400, true]);
  });

  it("lets the person choose another account", async () => {
    const robot = new FormRobot();
    await upstreamRedirect({ endpoints: google.endpoints, client, person: "ada", robot });
    const asked = { endpoints: google.endpoints, client, person: "bob", robot, parameters: { prompt: "select_account" } };
    const tokens = (await signInUpstream(asked)).json();
    expect(google.isLive(String(tokens.access_token))?.sub).toBe(google.subOf("bob"));
  });

  it.each(["access_token", "refresh_token"])("revokes the whole consent by its %s, without the client's secret", async (which) => {
    const tokens = await signIn("ada");
    const bob = await signIn("bob");
    expect((await request(google.endpoints.revocation, { method: "POST", body: new URLSearchParams({ token: String(tokens[which]) }) })).status).toBe(200);
    expect((await request(google.endpoints.revocation, { method: "POST", body: new URLSearchParams({ token: String(tokens[which]) }) })).json()).toEqual({
      error: "invalid_token",
      error_description: "Token expired or revoked",
    });
    const answer = await refresh(tokens.refresh_token);
    expect([answer.status, answer.json()]).toEqual([400, { error: "invalid_grant", error_description: "Token has been expired or revoked." }]);
    expect(google.isLive(String(tokens.access_token))).toBeUndefined();
    expect(google.isLive(String(bob.access_token))).toBeDefined();
    expect(await signIn("ada")).toHaveProperty("refresh_token");
  });

  it("gives a refresh token again to a person who took everything back", async () => {
    const { refresh_token: token } = await signIn("ada");
    google.revokePerson(google.subOf("ada"));
    expect((await refresh(token)).json()).toMatchObject({ error: "invalid_grant" });
    expect(await signIn("ada")).toHaveProperty("refresh_token");
  });

  it("tells what a token is good for, and refuses one that it is not", async () => {
    const { access_token: token } = await signIn("ada");
    const ask = async (value: unknown) => (await request(`${google.tokeninfo}?access_token=${String(value)}`)).json();
    expect(await ask(token)).toMatchObject({ sub: google.subOf("ada"), aud: client.clientId, scope: `openid ${long("email")} ${calendar}`, expires_in: expect.any(String) });
    expect(await ask("ya29.nothing")).toEqual({ error: "invalid_token", error_description: "Invalid Value" });
    google.expireAccessTokens();
    const answer = await request(google.endpoints.userinfo, { headers: { authorization: `Bearer ${String(token)}` } });
    expect([answer.status, answer.json()]).toEqual([401, { error: "invalid_request", error_description: "Invalid Credentials" }]);
  });

  it("changes what the next token says of a person", async () => {
    google.changePerson({ login: "ada", hd: "elsewhere.example", email: "ada@elsewhere.example" });
    const { access_token: token } = await signIn("ada");
    const answer = await request(google.endpoints.userinfo, { headers: { authorization: `Bearer ${String(token)}` } });
    expect(answer.json()).toMatchObject({ hd: "elsewhere.example", email: "ada@elsewhere.example", sub: google.subOf("ada") });
  });

  it("refuses a wrong secret in Google's words", async () => {
    const { refresh_token: token } = await signIn("ada");
    const answer = await refreshUpstream(google.endpoints.token, { ...client, clientSecret: "wrong" }, String(token));
    expect([answer.status, answer.json()]).toEqual([401, { error: "invalid_client", error_description: "Unauthorized" }]);
  });
});
