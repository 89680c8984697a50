import { join } from "node:path";
import { discover, freePort, listenForCallback, OAuthClient, startGoogleProvider, tokensIn } from "@mcp-auth-proxy/testing";
import { launchChromium, visit, type BrowserVisit } from "@mcp-auth-proxy/testing/chromium";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AccountsGateway, openSession, providerClient, startAccountsGateway, whoami } from "../support/accounts-gateway.ts";

/** Where pictures go, when somebody wants to look at them. */
const pictures = process.env.SCREENSHOTS;

const people = [
  { login: "ada", locale: "en-GB", signInWith: "Sign in with Company", expired: "Your Company connection has expired. Select [Reconnect].", reconnect: "Reconnect: Company, notes" },
  { login: "bob", locale: "ko-KR", signInWith: "Company", expired: "Company 계정 연동이 만료되었습니다. [다시 연동]을 클릭하세요", reconnect: "다시 연동: Company, notes" },
] as const;

describe("two people at once, in Chromium, one in English and one in Korean", () => {
  let browser: Browser;
  let running: AccountsGateway;
  const stack = new AsyncDisposableStack();
  beforeAll(async () => {
    browser = await launchChromium();
    stack.defer(() => browser.close());
    const google = stack.use(await startGoogleProvider({ clients: [{ ...providerClient, redirectUris: [`http://localhost:${await freePort()}/auth/callback`] }] }));
    running = stack.use(
      await startAccountsGateway({ environment: { GOOGLE_ISSUER: google.issuer, GOOGLE_CLIENT_ID: providerClient.clientId, GOOGLE_CLIENT_SECRET: providerClient.clientSecret } }),
    );
  });
  afterAll(() => stack.disposeAsync());

  const picture = async (visited: BrowserVisit, name: string): Promise<void> => {
    if (pictures === undefined) return;
    for (const [size, width, height] of [["desk", 1200, 900], ["phone", 360, 740]] as const) {
      await visited.page.setViewportSize({ width, height });
      await visited.page.screenshot({ path: join(pictures, `${name}-${size}.png`), fullPage: true });
    }
  };

  const noSidewaysScroll = async (visited: BrowserVisit): Promise<void> => {
    await visited.page.setViewportSize({ width: 320, height: 640 });
    expect(await visited.page.locator("html").evaluate((element) => element.scrollWidth <= element.clientWidth)).toBe(true);
  };

  /** From wherever a page of ours leads to: at the provider as this person, and back. */
  const throughProvider = async (visited: BrowserVisit, person: string, stopAt: string): Promise<void> => {
    await visited.page.waitForURL((url) => url.origin === running.oidc.issuer);
    await visited.signIn(visited.page.url(), { person, stopAt });
  };

  it("each signs in where two providers are offered, sees their own connections, is told in their language what has expired, and mends it", async () => {
    await Promise.all(people.map(async ({ login, locale, signInWith, expired, reconnect }) => {
      await using visited = await visit(browser, locale);
      const { page } = visited;
      await using callback = await listenForCallback();
      const client = await OAuthClient.register(await discover(running.mcpUrl("notes")), callback.redirectUri, "Notes app");
      const made = client.authorizationRequest();
      await page.goto(made.url);
      await picture(visited, `${locale}-1-consent`);
      await page.locator("button[value=approve]").click();
      await page.getByRole("link", { name: signInWith }).waitFor();
      expect(await page.getByRole("link", { name: "Google" }).count()).toBe(1);
      await noSidewaysScroll(visited);
      await picture(visited, `${locale}-2-sign-in`);
      await page.getByRole("link", { name: signInWith }).click();
      await throughProvider(visited, login, callback.redirectUri);
      const redirect = await callback.next();
      const tokens = tokensIn(await client.exchange(redirect.searchParams.get("code") ?? "", made));
      const session = await openSession(running, { tokens });
      expect((await whoami(session)).person).toBe(running.oidc.subOf(login));

      await page.goto(`${running.base}/account`);
      await page.getByText(`${login}@example.com`).first().waitFor();
      expect(await page.innerText("body")).not.toContain(login === "ada" ? "bob@" : "ada@");
      await noSidewaysScroll(visited);
      await picture(visited, `${locale}-3-account`);

      running.oidc.revokePerson(running.oidc.subOf(login));
      await session.call("tools/call", { name: "whoami", arguments: {} });
      await page.reload();
      await page.getByText(expired).waitFor();
      await noSidewaysScroll(visited);
      await picture(visited, `${locale}-4-expired`);

      await page.getByRole("button", { name: reconnect }).click();
      await throughProvider(visited, login, `${running.base}/account`);
      await page.waitForURL(`${running.base}/account`);
      expect(await page.getByText(expired).count()).toBe(0);
      expect((await whoami(session)).person).toBe(running.oidc.subOf(login));
      expect(visited.complaints).toEqual([]);
    }));
  });
});
