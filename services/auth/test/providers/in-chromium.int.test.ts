import { join } from "node:path";
import { vaultV1 } from "@mcp-auth-proxy/contracts";
import { type CallbackListener, createPkce, freePort, type GithubProvider, type GoogleProvider, listenForCallback, type OidcProvider, startGithubProvider, startGoogleProvider, startOidcProvider } from "@mcp-auth-proxy/testing";
import { type BrowserVisit, launchChromium, visit } from "@mcp-auth-proxy/testing/chromium";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ProtectedResource } from "../../src/index.ts";
import { password, type RunningAuth, testConfig } from "../running-auth.ts";
import { github, google, oidc, server, startWithProviders } from "./gateway.ts";

const calendar = "https://www.googleapis.com/auth/calendar.readonly";

describe("sign-in at providers, in Chromium", () => {
  let browser: Browser;
  let issuer = "";
  let auth: RunningAuth;
  let client: CallbackListener;
  let clientId = "";
  let googleRunning: GoogleProvider;
  let githubRunning: GithubProvider;
  let company: OidcProvider;
  const resources = (): readonly ProtectedResource[] => [
    server({ resource: `${issuer}/mcp`, displayName: "Calendar", connection: { provider: "google", scopes: [calendar] } }),
    server({ name: "code", resource: `${issuer}/code/mcp`, path: "/code/mcp", displayName: "Code", connection: { provider: "github", scopes: ["repo"] } }),
    server({ name: "files", resource: `${issuer}/files/mcp`, path: "/files/mcp", displayName: "Files" }),
  ];

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    const port = await freePort();
    issuer = `http://localhost:${port}`;
    const clients = [{ clientId: "gateway", clientSecret: "shared-with-the-gateway", redirectUris: [`${issuer}/auth/callback`] }];
    googleRunning = await startGoogleProvider({ clients });
    githubRunning = await startGithubProvider({ clients });
    company = await startOidcProvider({ clients });
    const providers = [google(googleRunning), github(githubRunning), oidc(company)];
    auth = await startWithProviders({ issuer, providers, resources: resources(), ...(testConfig.password === undefined ? {} : { password: testConfig.password }) });
    await auth.app.listen({ port, host: "127.0.0.1" });
    client = await listenForCallback();
    const answer = await fetch(`${issuer}/register`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ client_name: "Claude Code", redirect_uris: [client.redirectUri] }) });
    ({ client_id: clientId } = (await answer.json()) as { client_id: string });
  });
  afterEach(async () => {
    await auth.stop();
    for (const each of [googleRunning, githubRunning, company]) await each.stop();
    await client[Symbol.asyncDispose]();
  });

  const authorizeUrl = (path: string): string =>
    `${issuer}/authorize?${new URLSearchParams({ response_type: "code", client_id: clientId, redirect_uri: client.redirectUri, code_challenge: createPkce().challenge, code_challenge_method: "S256", resource: issuer + path, state: "s" }).toString()}`;
  /** Only where somebody wants to look at them: SCREENSHOTS names a folder. */
  const pathOf = (name: string): string | undefined => (process.env.SCREENSHOTS === undefined ? undefined : join(process.env.SCREENSHOTS, name));
  const picture = async (page: Page, name: string): Promise<void> => {
    const path = pathOf(`${name}.png`);
    if (path !== undefined) await page.screenshot({ path, fullPage: true });
  };
  const kept = async () => {
    const rows: readonly { readonly subject_id: string }[] = await auth.store.sql.selectFrom("cx_subjects").select("subject_id").execute();
    return (await Promise.all(rows.map(async ({ subject_id: subjectId }) => (await auth.bridge.ask(vaultV1.credentialsOf, { subjectId })).credentials))).flat();
  };

  /** Consent and password; the page that leads to Google goes on by itself, as Google does. */
  const enterByPassword = async ({ page }: BrowserVisit): Promise<void> => {
    await page.goto(authorizeUrl("/mcp"));
    await page.locator("button[value=approve]").click();
    await page.locator("input[type=password]").fill(password);
    await page.locator("form button").click();
    await page.locator("#arrived").waitFor();
    expect((await client.next()).searchParams.has("code")).toBe(true);
  };

  it.each([["Google", "ada"], ["GitHub", "bob"], ["Company", "ada"]] as const)("leads through %s back to the app, without a violation", async (provider, person) => {
    await using visitor = await visit(browser, "en-GB", { script: false });
    await visitor.signIn(authorizeUrl("/files/mcp"), { provider, person, stopAt: client.redirectUri, ...(pathOf("") === undefined ? {} : { screenshots: pathOf(`sign-in-${provider}`) ?? "" }) });
    expect((await client.next()).searchParams.get("code")).toMatch(/^mcp_ac_/);
    expect(visitor.seen.some((text) => text.includes("Sign in with Google") && text.includes("Password"))).toBe(true);
    expect(visitor.complaints).toEqual([]);
    // The session is there at our own pages, although the browser came back from another site.
    await visitor.page.goto(`${issuer}/account`);
    expect(await visitor.page.innerText("h1")).toBe("Your account");
    await visitor.signIn(authorizeUrl("/files/mcp"), { stopAt: client.redirectUri });
    expect((await client.next()).searchParams.has("code")).toBe(true);
  });

  it("connects in the same flow what the server needs, at another provider", async () => {
    [googleRunning.signedIn, githubRunning.signedIn] = ["ada", "bob"];
    await using visitor = await visit(browser);
    const { page } = visitor;
    await page.goto(authorizeUrl("/code/mcp"));
    await page.locator("button[value=approve]").click();
    await page.getByRole("link", { name: "Sign in with Google" }).click();
    expect((await client.next()).searchParams.has("code")).toBe(true);
    expect((await kept()).map(({ facts }) => facts.provider)).toEqual(["github"]);
    expect(visitor.complaints).toEqual([]);
  });

  it("leaves the password form for the provider, held back by no policy", async () => {
    googleRunning.signedIn = "ada";
    await using visitor = await visit(browser);
    await enterByPassword(visitor);
    expect((await kept()).map(({ facts }) => facts.provider)).toEqual(["google"]);
    expect(visitor.complaints).toEqual([]);
  });

  it("shows, connects, mends and ends connections on the account page", async () => {
    googleRunning.signedIn = "ada";
    githubRunning.signedIn = "ada";
    await using visitor = await visit(browser, "ko-KR");
    const { page } = visitor;
    await enterByPassword(visitor);
    await page.goto(`${issuer}/account`);
    await picture(page, "account-connected-ko");
    const [first] = await kept();
    await auth.bridge.ask(vaultV1.breakCredential, { commandId: "0198e1a0-0000-7000-8000-000000000003", credentialId: first?.facts.credentialId ?? "", expectedGeneration: 1, reason: "invalid-grant" });
    await page.reload();
    await picture(page, "account-expired-ko");
    expect(await page.innerText("main")).toContain("Google 계정 연동이 만료되었습니다. [다시 연동]을 클릭하세요");
    await page.getByRole("button", { name: "다시 연동: Google, Calendar" }).click();
    await page.getByRole("button", { name: "다시 연동: Google, Calendar" }).and(page.locator(":not(.primary)")).waitFor();
    await page.getByRole("button", { name: "연동: GitHub, Code", exact: true }).click();
    await page.getByRole("button", { name: "연동 해제: GitHub, Code" }).waitFor();
    expect((await kept()).map(({ status }) => status)).toEqual(["connected", "connected"]);
    await page.getByRole("button", { name: "연동 해제: GitHub, Code" }).click();
    await page.getByRole("button", { name: "연동: GitHub, Code", exact: true }).waitFor();
    await picture(page, "account-after-ko");
    expect(visitor.complaints).toEqual([]);
  });

  it("says what to do where an account is refused, on a small dark screen as well", async () => {
    const config = { ...auth.config, providers: [oidc(company, { allowed: [{ kind: "email", email: "bob@example.com" }] })] };
    await auth.stop();
    const { password: _shared, ...rest } = config;
    auth = await startWithProviders(rest);
    await auth.app.listen({ port: Number(new URL(issuer).port), host: "127.0.0.1" });
    const answer = await fetch(`${issuer}/register`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ redirect_uris: [client.redirectUri] }) });
    ({ client_id: clientId } = (await answer.json()) as { client_id: string });
    company.signedIn = "ada";
    for (const [name, locale, options] of [["en", "en-GB", { colorScheme: "light", viewport: { width: 1000, height: 800 } }], ["ko", "ko-KR", { colorScheme: "dark", viewport: { width: 360, height: 740 } }]] as const) {
      const context = await browser.newContext({ locale, ...options });
      try {
        const page = await context.newPage();
        await page.goto(authorizeUrl("/files/mcp"));
        await page.locator("button[value=approve]").click();
        await page.waitForURL(/auth\/callback/);
        await page.locator("h1").waitFor();
        expect(await page.innerText("main")).toContain("ada@example.com");
        await picture(page, `refused-${name}`);
        expect(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")).toBe(0);
      } finally {
        await context.close();
      }
    }
  });
});
