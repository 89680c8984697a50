import { createHash } from "node:crypto";
import * as openid from "openid-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FormRobot, type GithubApplication, type GithubProvider, refreshUpstream, request, signInUpstream, startGithubProvider, upstreamRedirect } from "../../src/index.ts";

const oauthApp: GithubApplication = { clientId: "Ov23liOauthApp", clientSecret: "0123456789abcdef", redirectUris: ["http://127.0.0.1:9/callback"] };
const githubApp: GithubApplication = { ...oauthApp, clientId: "Iv23liGithubApp", kind: "github-app", installedIn: ["acme"] };

describe.each([
  ["github.com", false],
  ["GitHub Enterprise", true],
])("a provider in the place of %s", (_name, enterprise) => {
  let github: GithubProvider;
  beforeEach(async () => {
    const teams = Array.from({ length: 35 }, (_, index) => `acme:team-${index}`);
    const ada = { login: "ada", id: 4711, name: "Ada L.", organizations: ["acme", "guild"], teams };
    github = await startGithubProvider({ clients: [oauthApp, githubApp], people: [ada, { login: "bob" }], enterprise });
  });
  afterEach(() => github.stop());

  const signIn = async (person: string, client = oauthApp, scope = "read:user user:email read:org") =>
    (await signInUpstream({ endpoints: github.endpoints, client, person, scope })).json();
  const api = (path: string, token: unknown, headers: Readonly<Record<string, string>> = {}) =>
    request(github.apiUrl + path, { headers: { "user-agent": "test", authorization: `Bearer ${String(token)}`, ...headers } });
  const token = (parameters: Readonly<Record<string, string>>, accept = "application/json") =>
    request(github.endpoints.token, { method: "POST", headers: { accept }, body: new URLSearchParams({ client_id: oauthApp.clientId, client_secret: oauthApp.clientSecret ?? "", ...parameters }) });
  const visit = (robot: FormRobot, parameters: Readonly<Record<string, string>>) =>
    robot.open(`${github.endpoints.authorization}?${new URLSearchParams({ client_id: oauthApp.clientId, state: "s", ...parameters }).toString()}`);

  it("signs a person in for openid-client, without a lifetime for the token of an OAuth App", async () => {
    const metadata = { issuer: github.issuer, authorization_endpoint: github.endpoints.authorization, token_endpoint: github.endpoints.token };
    const config = new openid.Configuration(metadata, oauthApp.clientId, undefined, openid.ClientSecretPost(oauthApp.clientSecret));
    openid.allowInsecureRequests(config);
    const { url, verifier } = await upstreamRedirect({ endpoints: github.endpoints, client: oauthApp, person: "ada", scope: "read:user user:email" });
    const tokens = await openid.authorizationCodeGrant(config, url, { pkceCodeVerifier: verifier, expectedState: url.searchParams.get("state") ?? "" });
    expect(tokens.access_token).toMatch(/^gho_[0-9A-Za-z]{36}$/);
    expect([tokens.expiresIn(), tokens.refresh_token, tokens.scope]).toEqual([undefined, undefined, "read:user,user:email"]);
    const answer = await openid.fetchProtectedResource(config, tokens.access_token, new URL(`${github.apiUrl}/user`), "GET");
    expect(await answer.json()).toMatchObject({ login: "ada", id: 4711, name: "Ada L.", email: null, type: "User" });
    expect(answer.headers.get("x-oauth-scopes")).toBe("read:user, user:email");
    expect(answer.headers.get("x-github-enterprise-version") !== null).toBe(enterprise);
  });

  it("answers the token endpoint as a form, and as JSON when asked", async () => {
    const answer = await token({ code: "wrong" }, "*/*");
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/x-www-form-urlencoded; charset=utf-8"]);
    expect(new URLSearchParams(answer.text).get("error")).toBe("bad_verification_code");
    expect((await token({ code: "wrong" })).headers.get("content-type")).toBe("application/json; charset=utf-8");
  });

  it.each([
    ["a code that is none", { code: "wrong" }, "bad_verification_code"],
    ["a wrong secret", { client_secret: "wrong" }, "incorrect_client_credentials"],
    ["a client that is none", { client_id: "nobody" }, "incorrect_client_credentials"],
    ["a refresh token that is none", { grant_type: "refresh_token", refresh_token: "ghr_wrong" }, "bad_refresh_token"],
    ["a grant type that is none", { grant_type: "password" }, "unsupported_grant_type"],
  ])("answers 200 with an error to %s", async (_what, parameters, error) => {
    const answer = await token(parameters);
    expect([answer.status, answer.json()]).toEqual([200, { error, error_description: expect.any(String), error_uri: expect.stringContaining("https://docs.github.com/") }]);
  });

  it("refuses a code that was used, or without its verifier, or for another redirect URI", async () => {
    const redirect = await upstreamRedirect({ endpoints: github.endpoints, client: oauthApp, person: "ada", scope: "" });
    const code = redirect.url.searchParams.get("code") ?? "";
    expect((await token({ code, code_verifier: redirect.verifier })).json()).toHaveProperty("access_token");
    expect((await token({ code, code_verifier: redirect.verifier })).json()).toMatchObject({ error: "bad_verification_code" });
    const fresh = async () => (await upstreamRedirect({ endpoints: github.endpoints, client: oauthApp, person: "ada" })).url.searchParams.get("code") ?? "";
    expect((await token({ code: await fresh() })).json()).toMatchObject({ error: "bad_verification_code" });
    expect((await token({ code: await fresh(), redirect_uri: "http://127.0.0.1:9/other" })).json()).toMatchObject({ error: "redirect_uri_mismatch" });
  });

  it("sends the browser back with an error for a foreign redirect URI, plain PKCE and a person who says no", async () => {
    const at = async (parameters: Readonly<Record<string, string>>) => new URL((await visit(new FormRobot(), parameters)).headers.get("location") ?? "");
    const foreign = await at({ redirect_uri: "https://attacker.example/callback" });
    expect([foreign.host, foreign.searchParams.get("error"), foreign.searchParams.get("state")]).toEqual(["127.0.0.1:9", "redirect_uri_mismatch", "s"]);
    expect((await at({ code_challenge: "c".repeat(43), code_challenge_method: "plain" })).searchParams.get("error")).toBe("invalid_request");
    const denied = await upstreamRedirect({ endpoints: github.endpoints, client: oauthApp, person: "ada", decision: "deny" });
    expect(denied.url.searchParams.get("error")).toBe("access_denied");
    expect((await visit(new FormRobot(), { client_id: "nobody" })).status).toBe(404);
  });

  it.each([
    ["http://127.0.0.1:9/callback/deeper", oauthApp, true],
    ["http://127.0.0.1:1234/callback", oauthApp, true],
    ["http://127.0.0.1:9/callbacks", oauthApp, false],
    ["http://localhost:9/callback", oauthApp, false],
    ["http://127.0.0.1:9/callback/deeper", githubApp, false],
    ["http://127.0.0.1:9/callback", githubApp, true],
  ])("lets the redirect URI %s of %o pass: %s", async (redirectUri, client, passes) => {
    const page = await visit(new FormRobot(), { client_id: client.clientId, redirect_uri: redirectUri });
    expect(page.status).toBe(passes ? 200 : 302);
  });

  it("asks a known browser only for what is new, and gives what was allowed before when no scope is named", async () => {
    const robot = new FormRobot();
    const go = (scope: string) => upstreamRedirect({ endpoints: github.endpoints, client: oauthApp, person: "ada", scope, robot });
    await go("read:user");
    expect((await visit(robot, { scope: "read:user" })).status).toBe(302);
    expect((await visit(robot, { scope: "read:user repo" })).text).toContain("Authorize");
    await go("repo");
    expect((await visit(robot, { prompt: "select_account" })).text).toContain("Sign in");
    const { url, verifier } = await go("");
    expect((await token({ code: url.searchParams.get("code") ?? "", code_verifier: verifier })).json().scope).toBe("read:user,repo");
  });

  it("gives tokens of GitHub Apps eight hours, a refresh token for one use, and no scopes", async () => {
    const first = await signIn("ada", githubApp, "");
    expect(first).toMatchObject({ access_token: expect.stringMatching(/^ghu_/), refresh_token: expect.stringMatching(/^ghr_\w{76}$/), expires_in: 28_800, refresh_token_expires_in: 15_897_600, scope: "" });
    const second = (await refreshUpstream(github.endpoints.token, githubApp, String(first.refresh_token))).json();
    expect((await api("/user", first.access_token)).status).toBe(401);
    const again = (await refreshUpstream(github.endpoints.token, githubApp, String(first.refresh_token))).json();
    expect(again).toMatchObject({ error: "bad_refresh_token" });
    expect((await api("/user", second.access_token)).headers.get("x-oauth-scopes")).toBeNull();
    expect((await refreshUpstream(github.endpoints.token, githubApp, String(second.refresh_token))).json()).toHaveProperty("refresh_token");
    expect(github.requests.map(({ grantType, refreshToken, error }) => [grantType, refreshToken?.generation, error])).toEqual([
      ["authorization_code", undefined, undefined],
      ["refresh_token", 0, undefined],
      ["refresh_token", 0, "bad_refresh_token"],
      ["refresh_token", 1, undefined],
    ]);
  });

  it("lets one of many refreshes at the same moment through", async () => {
    const { refresh_token: value } = await signIn("ada", githubApp, "");
    const answers = await Promise.all(Array.from({ length: 20 }, () => refreshUpstream(github.endpoints.token, githubApp, String(value))));
    expect(answers.filter((answer) => "access_token" in answer.json())).toHaveLength(1);
  });

  it("lists teams over pages that Link headers lead through", async () => {
    const { access_token: value } = await signIn("ada");
    const first = await api("/user/teams?per_page=20", value);
    const link = first.headers.get("link") ?? "";
    const next = /<([^>]+)>; rel="next"/.exec(link)?.[1] ?? "";
    expect(next).toBe(`${github.apiUrl}/user/teams?per_page=20&page=2`);
    const second = await api(next.slice(github.apiUrl.length), value);
    expect(second.headers.get("link")).toContain('rel="prev"');
    expect(second.headers.get("link")).not.toContain('rel="next"');
    const teams: unknown[] = [...JSON.parse(first.text), ...JSON.parse(second.text)];
    expect([teams.length, teams[34]]).toEqual([35, expect.objectContaining({ slug: "team-34", organization: expect.objectContaining({ login: "acme" }) })]);
    expect(JSON.parse((await api("/user/teams", value)).text)).toHaveLength(30);
    expect(JSON.parse((await api("/user/orgs", value)).text)).toMatchObject([{ login: "acme" }, { login: "guild" }]);
  });

  it("shows a GitHub App the organisations that it is installed in", async () => {
    const { access_token: value } = await signIn("ada", githubApp, "");
    expect(JSON.parse((await api("/user/orgs", value)).text)).toMatchObject([{ login: "acme" }]);
  });

  it("names e-mail addresses and which are verified, for the scope that is needed", async () => {
    const emails = [{ email: "ada@work.example", primary: true, verified: true }, { email: "boss@work.example", primary: false, verified: false }];
    github.changePerson({ login: "ada", emails });
    const { access_token: value } = await signIn("ada");
    expect(JSON.parse((await api("/user/emails", value)).text)).toEqual(emails.map((email) => ({ ...email, visibility: null })));
    const { access_token: less } = await signIn("ada", oauthApp, "read:user");
    expect((await api("/user/emails", less)).status).toBe(404);
    expect((await api("/user/orgs", less)).status).toBe(403);
    github.changePerson({ login: "ada", emails: [{ email: "ada@work.example", primary: true, verified: false }] });
    expect(await signIn("ada")).toMatchObject({ error: "unverified_user_email" });
  });

  it("refuses requests without a token, with a dead one, and without a User-Agent", async () => {
    const { access_token: value } = await signIn("ada");
    expect((await api("/user", "gho_wrong")).json()).toMatchObject({ message: "Bad credentials", status: "401" });
    expect((await request(`${github.apiUrl}/user`, { headers: { "user-agent": "test" } })).json()).toMatchObject({ message: "Requires authentication" });
    expect((await request(`${github.apiUrl}/user`, { headers: { authorization: `Bearer ${String(value)}` } })).status).toBe(403);
    github.expireAccessTokens(github.subOf("bob"));
    expect(github.isLive(String(value))).toMatchObject({ sub: "4711", scope: "read:user user:email read:org" });
    github.revokePerson(github.subOf("ada"));
    expect((await api("/user", value)).status).toBe(401);
    expect(github.isLive(String(value))).toBeUndefined();
  });

  it("lets an application check and revoke its tokens, and nobody else's", async () => {
    const { access_token: value } = await signIn("ada");
    const other = await signIn("ada", oauthApp, "repo");
    const ask = (method: string, part: string, { clientId, clientSecret = "" }: GithubApplication, body = JSON.stringify({ access_token: value })) =>
      request(`${github.apiUrl}/applications/${clientId}/${part}`, {
        method,
        body,
        headers: { "user-agent": "test", "content-type": "application/json", authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}` },
      });
    expect((await ask("POST", "token", oauthApp)).json()).toMatchObject({ user: { id: 4711 }, scopes: ["read:user", "user:email", "read:org"] });
    expect((await ask("DELETE", "token", githubApp)).status).toBe(404);
    expect((await ask("DELETE", "token", { ...oauthApp, clientSecret: "wrong" })).status).toBe(401);
    expect((await ask("DELETE", "token", oauthApp, "{}")).status).toBe(422);
    expect((await api("/user", value)).status).toBe(200);
    expect((await ask("DELETE", "token", oauthApp)).status).toBe(204);
    expect([(await api("/user", value)).status, (await api("/user", other.access_token)).status]).toEqual([401, 200]);
    expect((await ask("DELETE", "grant", oauthApp, JSON.stringify({ access_token: other.access_token }))).status).toBe(204);
    expect((await api("/user", other.access_token)).status).toBe(401);
  });

  it("keeps ten tokens of one person, application and scope", async () => {
    const tokens: unknown[] = [];
    for (let count = 0; count < 11; count += 1) tokens.push((await signIn("ada", oauthApp, "read:user")).access_token);
    expect(tokens.map((value) => github.isLive(String(value)) !== undefined)).toEqual([false, ...Array.from({ length: 10 }, () => true)]);
  });

  it("knows people by number: a login that somebody gave up can be another's", async () => {
    const { access_token: value } = await signIn("ada");
    github.rename("ada", "lovelace");
    github.changePerson({ login: "ada", id: 666 });
    expect((await api("/user", value)).json()).toMatchObject({ login: "lovelace", id: 4711 });
    expect((await api("/user", (await signIn("ada")).access_token)).json()).toMatchObject({ login: "ada", id: 666 });
  });

  it("limits in its own words, with Retry-After or with the headers of a limit that is used up", async () => {
    const { access_token: value } = await signIn("ada");
    github.failNext({ endpoint: "userinfo", kind: "403", retryAfter: 60 });
    github.failNext({ endpoint: "api", kind: "429", headers: { "x-ratelimit-remaining": "0" } });
    const [limited, used] = [await api("/user", value), await api("/user/orgs", value)];
    expect([limited.status, limited.headers.get("retry-after"), limited.json().message]).toEqual([403, "60", expect.stringContaining("secondary rate limit")]);
    expect([used.status, used.headers.get("x-ratelimit-remaining")]).toEqual([429, "0"]);
    expect((await api("/user", value)).status).toBe(200);
  });

  it("loses an answer after the refresh token was used up", async () => {
    const { refresh_token: value } = await signIn("ada", githubApp, "");
    github.failNext({ endpoint: "token", kind: "lost" });
    await expect(refreshUpstream(github.endpoints.token, githubApp, String(value))).rejects.toThrow("socket hang up");
    expect((await refreshUpstream(github.endpoints.token, githubApp, String(value))).json()).toMatchObject({ error: "bad_refresh_token" });
    expect(github.requests.slice(-2).map(({ fault, error }) => [fault, error])).toEqual([["lost", undefined], [undefined, "bad_refresh_token"]]);
    expect(github.requests.at(-1)?.refreshToken?.hash).toBe(createHash("sha256").update(String(value)).digest("base64url").slice(0, 16));
  });
});
