import { join } from "node:path";
import { type CallbackListener, FormRobot, formsIn, listenForCallback, OAuthClient, registeredClient, tokensIn } from "@mcp-auth-proxy/testing";
import { launchChromium, visit } from "@mcp-auth-proxy/testing/chromium";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectAccess } from "../support/expect-access.ts";
import { useGateway } from "../support/use-gateway.ts";

const languages = [
  { locale: "en-GB", lang: "en", words: /allow|approve|sign in/i, not: /[가-힣]/ },
  { locale: "ko-KR", lang: "ko", words: /[가-힣]{2}/, not: /\bDeny\b/ },
] as const;

describe("the pages of a sign-in, in Chromium", () => {
  const gateway = useGateway();
  let browser: Browser;
  let callback: CallbackListener;
  let client: OAuthClient;
  beforeAll(async () => {
    browser = await launchChromium();
    callback = await listenForCallback();
    client = await registeredClient(gateway(), callback.redirectUri);
  });
  afterAll(async () => {
    await browser.close();
    await callback[Symbol.asyncDispose]();
  });

  it.each(languages)("lead to a code in $locale, and Chromium complains of nothing", async ({ locale, words, not }) => {
    await using visited = await visit(browser, locale);
    const made = client.authorizationRequest();
    const pictures = process.env.SCREENSHOTS === undefined ? {} : { screenshots: join(process.env.SCREENSHOTS, locale) };
    await visited.signIn(made.url, { password: gateway().password, stopAt: callback.redirectUri, ...pictures });
    const redirect = await callback.next();
    expect(redirect.searchParams.get("state")).toBe(made.state);
    expect(visited.complaints).toEqual([]);
    expect(visited.seen.length).toBeGreaterThanOrEqual(2);
    for (const text of visited.seen) {
      expect(text).toMatch(words);
      expect(text).not.toMatch(not);
    }
    await expectAccess(gateway(), tokensIn(await client.exchange(redirect.searchParams.get("code") ?? "", made)));
  });

  it("work without script", async () => {
    await using visited = await visit(browser, "en-GB", { script: false });
    await visited.signIn(client.authorizationRequest().url, { password: gateway().password, stopAt: callback.redirectUri });
    expect((await callback.next()).searchParams.has("code")).toBe(true);
  });

  it("take a refusal back to the client as access_denied", async () => {
    await using visited = await visit(browser);
    const made = client.authorizationRequest();
    await visited.signIn(made.url, { password: gateway().password, stopAt: callback.redirectUri, decision: "deny" });
    const answer = Object.fromEntries((await callback.next()).searchParams);
    expect(answer).toMatchObject({ error: "access_denied", state: made.state, iss: gateway().baseUrl });
    expect(answer).not.toHaveProperty("code");
    expect(visited.complaints).toEqual([]);
  });

  it("show who asks, where the code goes and what for, with deny as the first button", async () => {
    await using visited = await visit(browser);
    await visited.page.goto(client.authorizationRequest().url);
    const text = await visited.page.innerText("body");
    expect(text).toContain("test client");
    expect(text).toContain(new URL(callback.redirectUri).host);
    expect(text).toContain(gateway().mcpUrl);
    await visited.page.keyboard.press("Tab");
    const buttons = visited.page.locator("form button");
    expect(await buttons.first().getAttribute("value")).toBe("deny");
  });

  it("say that a password is wrong, and take the right one after it", async () => {
    await using visited = await visit(browser);
    const made = client.authorizationRequest();
    await visited.page.goto(made.url);
    await visited.page.locator("button[value=approve]").click();
    await visited.page.locator("input[type=password]").fill("not the password");
    await visited.page.locator("form button").last().click();
    await visited.page.locator("[role=alert]").waitFor();
    await visited.page.locator("input[type=password]").fill(gateway().password);
    await visited.page.locator("form button").last().click();
    await visited.page.waitForURL((url) => url.href.startsWith(callback.redirectUri));
    expect((await callback.next()).searchParams.has("code")).toBe(true);
    expect(visited.complaints.filter((text) => !/status of 4\d\d/.test(text))).toEqual([]);
  });
});

describe("the pages of a sign-in, on the wire", () => {
  const gateway = useGateway();

  it("forbid script, framing, and forms to anybody else (A05)", async () => {
    const client = await registeredClient(gateway());
    const robot = new FormRobot();
    await robot.walk(client.authorizationRequest().url, client.redirectUri, { password: gateway().password });
    const pages = robot.pages.filter((page) => page.text !== "");
    expect(pages.length).toBeGreaterThanOrEqual(3);
    for (const page of pages) {
      const policy = page.headers.get("content-security-policy") ?? "";
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|script-src(?! 'none')/);
      expect(page.headers.get("cache-control")).toContain("no-store");
      expect(page.headers.get("referrer-policy")).toBe("no-referrer");
      expect(page.text).not.toMatch(/<script|\son\w+=|javascript:/i);
    }
    for (const attributes of robot.jar.attributes.values()) {
      expect(attributes).toMatch(/HttpOnly/i);
      expect(attributes).toMatch(/SameSite=(?:Lax|Strict)/i);
    }
  });

  it("escape what a client says about itself (A13)", async () => {
    const { discovery } = await registeredClient(gateway());
    const client = await OAuthClient.register(discovery, "http://127.0.0.1:9/callback", `<img src=x onerror=alert(1)>"'&`);
    const page = await new FormRobot().open(client.authorizationRequest().url);
    expect(page.text).not.toContain("<img");
  });

  it("refuse a decision without the page's own token or from another browser, and the person can still go on", async () => {
    const client = await registeredClient(gateway());
    const robot = new FormRobot();
    const page = await robot.open(client.authorizationRequest().url);
    const [form] = formsIn(page.text, page.url);
    const approve = form?.buttons.find((button) => button.value === "approve");
    if (form === undefined || approve === undefined) throw new Error("there is no consent form");
    const stranger = await new FormRobot().submit(page, form, approve);
    expect(stranger.status).toBeGreaterThanOrEqual(400);
    const stripped = await robot.submit(page, { ...form, fields: [] }, approve);
    expect(stripped.status).toBeGreaterThanOrEqual(400);
    const next = await robot.submit(page, form, approve);
    expect(next.status).toBeLessThan(400);
  });

  it("answer a browser that opens the MCP URL with words, not with a bare 401", async () => {
    const page = await new FormRobot().open(gateway().mcpUrl);
    expect(page.headers.get("content-type")).toMatch(/^text\/html/);
    expect(page.text).toContain(gateway().mcpUrl);
  });
});
