import { formsIn, type GithubProvider, type GoogleProvider, type OidcProvider, startGithubProvider, startGoogleProvider, startOidcProvider } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Page, targetOf } from "../browser.ts";
import { TestClient } from "../client.ts";
import { issuer, password, type RunningAuth, testConfig } from "../running-auth.ts";
import { github, google, oidc, registered, server, startWithProviders, Visitor } from "./gateway.ts";

let company: OidcProvider;
let auth: RunningAuth;
let client: TestClient;
const running: { stop(): Promise<unknown> }[] = [];
const started = async <Started extends { stop(): Promise<unknown> }>(starting: Promise<Started>): Promise<Started> => {
  const each = await starting;
  running.push(each);
  return each;
};
beforeEach(async () => {
  company = await started(startOidcProvider({ clients: [registered] }));
});
afterEach(async () => {
  for (const each of running.splice(0).toReversed()) await each.stop();
});
const serve = async (config: Parameters<typeof startWithProviders>[0]): Promise<void> => {
  auth = await started(startWithProviders(config));
  client = await TestClient.register(auth);
};
const subjectOf = (accessToken: string): string => JSON.parse(Buffer.from(accessToken.split(".")[1] ?? "", "base64url").toString()).sub;
const isCode = (page: Page): boolean => targetOf(page).searchParams.has("code");

describe("a sign-in at a provider", () => {
  it("goes there at once where it is the only way, and comes back with a code", async () => {
    await serve({ providers: [oidc(company)] });
    const visitor = new Visitor(client);
    const leaving = await visitor.approve();
    expect(leaving.text).toContain("Continue with Company");
    expect(targetOf(leaving).origin).toBe(company.issuer);
    const done = await visitor.through(leaving, "ada");
    expect(targetOf(done).searchParams.get("iss")).toBe(issuer);
    const { accessToken } = await visitor.exchange(done);
    expect(subjectOf(accessToken)).toMatch(/^[0-9a-f-]{36}$/);
    expect((await auth.events()).map((event) => event.split(" ")[1])).toEqual([
      "SigningKeyIntroduced", "SigningKeyActivated", "SubjectSeen", "ClientRegistered", "ConsentGranted", "UserAuthenticated", "AuthorizationCodeIssued", "AuthorizationCodeRedeemed", "GrantIssued",
    ]);
  });

  it("is the same person each time, another for each account, and under any client", async () => {
    await serve({ providers: [oidc(company)] });
    const subject = async (person: string, by = client): Promise<string> => {
      const visitor = new Visitor(by);
      return subjectOf((await visitor.exchange(await visitor.through(await visitor.approve(), person))).accessToken);
    };
    const [ada, again, bob] = [await subject("ada"), await subject("ada", await TestClient.register(auth)), await subject("bob")];
    expect(again).toBe(ada);
    expect(bob).not.toBe(ada);
  });

  it("starts a session: the next app needs no provider", async () => {
    await serve({ providers: [oidc(company)] });
    const visitor = new Visitor(client);
    await visitor.through(await visitor.approve(), "ada");
    expect(visitor.browser.jar.attributes.get("mcp_auth_session")).toMatch(/SameSite=Strict/i);
    expect(isCode(await visitor.approve())).toBe(true);
    expect(company.requests).toHaveLength(1);
  });

  it("is chosen from several, beside the password", async () => {
    const [googleRunning, githubRunning] = [await started(startGoogleProvider({ clients: [registered] })), await started(startGithubProvider({ clients: [registered] }))];
    const { password: shared } = testConfig;
    await serve({ providers: [google(googleRunning), github(githubRunning), oidc(company)], ...(shared === undefined ? {} : { password: shared }) });
    for (const [by, name] of [["google", "Google"], ["github", "GitHub"], ["oidc", "Company"]] as const) {
      const visitor = new Visitor(client);
      const page = await visitor.approve();
      expect(page.text).toContain(`Sign in with ${name}`);
      expect(formsIn(page.text, page.url)).toHaveLength(1);
      expect(isCode(await visitor.through(page, "ada", by))).toBe(true);
    }
    const visitor = new Visitor(client);
    expect(isCode(await visitor.browser.signIn(await visitor.approve(), password))).toBe(true);
  });

  it("is chosen by the person where the operator wants the page", async () => {
    await serve({ providers: [oidc(company)], providerAutoSelect: false });
    const visitor = new Visitor(client);
    const page = await visitor.approve();
    expect(page.text).toContain("Sign in with Company");
    expect(formsIn(page.text, page.url)).toEqual([]);
    expect(isCode(await visitor.through(page, "ada", "oidc"))).toBe(true);
  });

  it("comes back at the provider's own callback where the operator says so, and at no other", async () => {
    company.addClient({ ...registered, redirectUris: [`${issuer}/auth/oidc/callback`] });
    await serve({ providers: [oidc(company, { ownCallback: true })] });
    const visitor = new Visitor(client);
    const callback = await visitor.atProvider(await visitor.providerUrl(await visitor.approve()), "ada");
    expect(callback.pathname).toBe("/auth/oidc/callback");
    const shared = new URL(callback.href.replace("/auth/oidc/callback", "/auth/callback"));
    expect((await visitor.back(shared)).status).toBe(400);
    expect(isCode(await visitor.back(callback))).toBe(true);
  });

  it("says that a provider is down, without having stopped the start, and works once it is back", async () => {
    await serve({ providers: [oidc(company)] });
    company.failNext({ endpoint: "discovery", kind: "close" });
    const visitor = new Visitor(client);
    const page = await visitor.approve();
    expect(page.status).toBe(503);
    expect(page.text).toContain("Company does not answer");
    expect(page.text).toContain("Try again");
    auth.clock.advance(5_000);
    const retry = /href="([^"]*\/authorize\/sign-in\?[^"]*)"/.exec(page.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    expect(isCode(await visitor.through(await visitor.browser.open(retry), "ada"))).toBe(true);
  });

  it("leads on when the person says no there: another try, or the app is told", async () => {
    await serve({ providers: [oidc(company)] });
    const visitor = new Visitor(client);
    const page = await visitor.approve();
    const denied = await visitor.back(await visitor.atProvider(await visitor.providerUrl(page), "ada", "deny"));
    expect([denied.status, denied.text.includes("Company did not sign you in")]).toEqual([403, true]);
    const retry = /href="([^"]*\/authorize\/sign-in\?[^"]*)"/.exec(denied.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const again = await visitor.back(await visitor.atProvider(await visitor.providerUrl(await visitor.browser.open(retry)), "ada", "deny"));
    const told = targetOf(await visitor.browser.submit(again, { decision: "deny" }));
    expect([told.searchParams.get("error"), told.searchParams.get("state"), told.searchParams.get("iss")]).toEqual(["access_denied", "the-state", issuer]);
  });

  it("takes no password where there is none", async () => {
    await serve({ providers: [oidc(company)], providerAutoSelect: false });
    const visitor = new Visitor(client);
    const page = await visitor.approve();
    const transaction = new URL(page.url).searchParams.get("transaction") ?? "";
    expect((await visitor.browser.post("/authorize/sign-in", { transaction, password })).status).toBe(403);
    expect((await visitor.browser.open("/account/sign-in")).text).not.toContain('name="password"');
  });

  it("leads to the account page, too, and only from this browser's own sign-in page", async () => {
    await serve({ providers: [oidc(company)] });
    const visitor = new Visitor(client);
    const page = await visitor.browser.open("/account/sign-in");
    const onward = await visitor.through(page, "ada", "oidc");
    expect(targetOf(onward).pathname).toBe("/account");
    expect((await visitor.browser.open("/account")).text).toContain("ada@example.com");
    const link = /href="([^"]*account\/sign-in\/provider[^"]*)"/.exec(page.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const other = new Visitor(client);
    expect((await other.browser.open(link)).status).toBe(403);
    expect((await visitor.browser.open(link, { "sec-fetch-site": "cross-site" })).status).toBe(403);
  });

  it("of the callback is never a client's redirect URI", async () => {
    await serve({ providers: [oidc(company)] });
    for (const path of ["/auth/callback", "/auth/oidc/callback"]) {
      await expect(TestClient.register(auth, { redirect_uris: [issuer + path] })).rejects.toThrow(/invalid_redirect_uri/);
    }
  });

  it("keeps what was declined when the consent is posted twice", async () => {
    const scopes = [{ name: "read", includes: [] }, { name: "write", includes: [] }];
    await serve({ providers: [oidc(company)], resources: [server({ scopes })] });
    const visitor = new Visitor(client);
    const consent = await visitor.browser.open(client.authorizeUrl(visitor.pkce, { scope: "mcp-access read write offline_access" }));
    const [form] = formsIn(consent.text, consent.url);
    const values = Object.fromEntries((form?.fields ?? []).map(({ name, value }) => [name, value]));
    const without = (...names: string[]) => Object.fromEntries(Object.entries({ ...values, decision: "approve" }).filter(([name]) => !names.includes(name)));
    await visitor.browser.post(form?.action ?? "", without("scope:offline_access"));
    await visitor.browser.post(form?.action ?? "", without("scope:write"));
    const transaction = values["transaction"] ?? "";
    const done = await visitor.through(await visitor.browser.open(`/authorize/sign-in?transaction=${transaction}`), "ada");
    const answer = await client.exchange({ code: targetOf(done).searchParams.get("code") ?? "", redirect: new URL("http://127.0.0.1:9/callback"), pkce: visitor.pkce });
    expect(answer.body["scope"]).toBe("mcp-access read");
    expect(answer.body).not.toHaveProperty("refresh_token");
  });
});

describe("who may come in", () => {
  it("is asked of the rules; a person who is refused is told which account it was, and can use another", async () => {
    await serve({ providers: [oidc(company, { allowed: [] })], allowed: [{ kind: "email", email: "bob@example.com" }] });
    const visitor = new Visitor(client);
    const before = await auth.events();
    const refused = await visitor.through(await visitor.approve(), "ada");
    expect([refused.status, refused.text.includes("ada@example.com"), refused.text.includes("Use another account")]).toEqual([403, true, true]);
    expect(await auth.events()).toEqual(before);
    expect([...visitor.browser.jar.attributes.keys()]).not.toContain("mcp_auth_session");
    const link = /<a class="button primary" href="([^"]+)"/.exec(refused.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const answer = await visitor.browser.open(link);
    const url = new URL(answer.headers.get("location") ?? "");
    expect(url.searchParams.get("prompt")).toBe("select_account");
    // The provider of the tests has no such page: another browser there is another choice of accounts.
    url.searchParams.delete("prompt");
    expect(isCode(await visitor.back(await new Visitor(client).atProvider(url.href, "bob")))).toBe(true);
  });

  it("is asked for each server, of a session as well", async () => {
    const closed = server({ name: "closed", resource: `${issuer}/closed/mcp`, path: "/closed/mcp", displayName: "Closed", allowedUsers: [{ kind: "email", email: "bob@example.com" }] });
    await serve({ providers: [oidc(company)], resources: [server(), closed] });
    const visitor = new Visitor(client);
    const refused = await visitor.through(await visitor.approve({ resource: closed.resource }), "ada");
    expect([refused.status, refused.text.includes("may not use this server")]).toEqual([403, true]);
    expect(isCode(await visitor.through(await visitor.approve(), "ada"))).toBe(true);
    const withSession = await visitor.approve({ resource: closed.resource });
    expect(targetOf(withSession).origin).toBe(company.issuer);
    expect((await visitor.through(withSession, "ada")).status).toBe(403);
  });

  it("nobody is, without a rule", async () => {
    await serve({ providers: [oidc(company, { allowed: [] })] });
    const visitor = new Visitor(client);
    expect((await visitor.through(await visitor.approve(), "ada")).status).toBe(403);
  });
});

it("signs in with Google and GitHub as with any other", async () => {
  const providers: [GoogleProvider, GithubProvider] = [await started(startGoogleProvider({ clients: [registered] })), await started(startGithubProvider({ clients: [registered] }))];
  await serve({ providers: [google(providers[0]), github(providers[1])] });
  for (const id of ["google", "github"]) {
    const visitor = new Visitor(client);
    expect(isCode(await visitor.through(await visitor.approve(), "bob", id))).toBe(true);
  }
});
