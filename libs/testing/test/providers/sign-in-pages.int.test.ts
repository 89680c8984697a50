import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium, visit } from "../../src/chromium.ts";
import { FormRobot, listenForCallback, startGithubProvider, startGoogleProvider, startOidcProvider, type UpstreamClient, type UpstreamControls } from "../../src/index.ts";

type Start = (options: { readonly clients: readonly UpstreamClient[] }) => Promise<UpstreamControls>;
const makes: readonly (readonly [string, Start])[] = [
  ["OpenID", startOidcProvider],
  ["Google", startGoogleProvider],
  ["GitHub", startGithubProvider],
];

const clientAt = (redirectUri: string): UpstreamClient => ({ clientId: "gateway", clientSecret: "shared-with-the-gateway", redirectUris: [redirectUri] });

/** Where a gateway would send the browser. */
const start = (provider: UpstreamControls, redirectUri: string, prompt: string): string => {
  const asked = { response_type: "code", client_id: "gateway", redirect_uri: redirectUri, scope: "openid", state: "s", prompt };
  const scope = provider.endpoints.authorization.includes("/login/oauth/") ? { scope: "read:user" } : {};
  return `${provider.endpoints.authorization}?${new URLSearchParams({ ...asked, ...scope }).toString()}`;
};

/** Redeems a code; answers whose it was. */
async function ownerOf(provider: UpstreamControls, redirectUri: string, url: URL): Promise<string | undefined> {
  const code = url.searchParams.get("code") ?? "";
  const body = new URLSearchParams({ grant_type: "authorization_code", code, redirect_uri: redirectUri, client_id: "gateway", client_secret: "shared-with-the-gateway" });
  const answer = await fetch(provider.endpoints.token, { method: "POST", body, headers: { accept: "application/json" } });
  const tokens = (await answer.json()) as { readonly access_token?: string };
  return provider.isLive(tokens.access_token ?? "")?.sub;
}

describe("the pages of providers", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  it.each(makes)("a browser signs in at %s as the person it chooses, and is known there afterwards", async (_make, startProvider) => {
    await using callback = await listenForCallback();
    await using provider = await startProvider({ clients: [clientAt(callback.redirectUri)] });
    await using visited = await visit(browser);
    await visited.signIn(start(provider, callback.redirectUri, "consent"), { person: "bob", stopAt: callback.redirectUri });
    expect(await ownerOf(provider, callback.redirectUri, await callback.next())).toBe(provider.subOf("bob"));
    await visited.signIn(start(provider, callback.redirectUri, ""), { person: "ada", stopAt: callback.redirectUri });
    expect(await ownerOf(provider, callback.redirectUri, await callback.next())).toBe(provider.subOf("bob"));
    await visited.signIn(start(provider, callback.redirectUri, "select_account"), { person: "ada", stopAt: callback.redirectUri });
    expect(await ownerOf(provider, callback.redirectUri, await callback.next())).toBe(provider.subOf("ada"));
    expect(visited.complaints).toEqual([]);
  });

  it.each(makes)("a browser says no at %s", async (_make, startProvider) => {
    await using callback = await listenForCallback();
    await using provider = await startProvider({ clients: [clientAt(callback.redirectUri)] });
    await using visited = await visit(browser);
    await visited.signIn(start(provider, callback.redirectUri, "consent"), { person: "bob", stopAt: callback.redirectUri, decision: "deny" });
    expect((await callback.next()).searchParams.get("error")).toBe("access_denied");
  });

  it("one browser is other people at several providers of one host", async () => {
    const redirectUri = "http://127.0.0.1:9/callback";
    await using github = await startGithubProvider({ clients: [clientAt(redirectUri)] });
    await using google = await startGoogleProvider({ clients: [clientAt(redirectUri)] });
    await using openid = await startOidcProvider({ clients: [clientAt(redirectUri)] });
    const robot = new FormRobot();
    const go = async (provider: UpstreamControls, person: string, prompt = "consent") =>
      ownerOf(provider, redirectUri, await robot.walk(start(provider, redirectUri, prompt), redirectUri, { person }));
    expect([await go(github, "ada"), await go(google, "bob"), await go(openid, "ada")]).toEqual([github.subOf("ada"), google.subOf("bob"), openid.subOf("ada")]);
    expect([await go(github, "bob", ""), await go(google, "ada", ""), await go(openid, "bob", "")]).toEqual([github.subOf("ada"), google.subOf("bob"), openid.subOf("ada")]);
  });
});
