import { Secret } from "@mcp-auth-proxy/crypto";
import { createFakeClock, createPkce, FormRobot, type GithubProvider as RunningGithub, type GoogleProvider as RunningGoogle, type OidcProvider as RunningOidc } from "@mcp-auth-proxy/testing";
import type { AuthConfig, GithubProvider, GoogleProvider, OidcProvider, ProtectedResource } from "../../src/index.ts";
import { Browser, type Page, targetOf } from "../browser.ts";
import { redirectUri, type TestClient, tokensOf, type Tokens } from "../client.ts";
import { issuer, resource, type RunningAuth, type RunningAuthOptions, startAuth } from "../running-auth.ts";

/** What the gateway is at each provider. */
export const registered = { clientId: "gateway", clientSecret: "shared-with-the-gateway", redirectUris: [`${issuer}/auth/callback`] };
const everyone = [{ kind: "everyone" }] as const;
const common = { client: { id: registered.clientId, secret: Secret.of(registered.clientSecret) }, scopes: [], allowed: everyone } as const;

export const oidc = (running: RunningOidc, changed: Partial<OidcProvider> = {}): OidcProvider => ({ ...common, kind: "oidc", id: "oidc", displayName: "Company", issuer: running.issuer, endpoints: {}, trustEmail: false, ...changed });
export const google = (running: RunningGoogle, changed: Partial<GoogleProvider> = {}): GoogleProvider => ({ ...common, kind: "google", id: "google", displayName: "Google", issuer: running.issuer, ...changed });
export const github = (running: RunningGithub, changed: Partial<GithubProvider> = {}): GithubProvider => ({ ...common, kind: "github", id: "github", displayName: "GitHub", url: running.issuer, apiUrl: running.apiUrl, ...changed });

export const server = (changed: Partial<ProtectedResource> = {}): ProtectedResource => ({ name: "files", resource, path: "/mcp", displayName: "Files", ...changed });

/** Auth at the providers' time: they say when their tokens end. Without a password unless one is given. */
export const startWithProviders = (config: Partial<AuthConfig>, options: Omit<RunningAuthOptions, "config"> = {}): Promise<RunningAuth> =>
  startAuth({ clock: createFakeClock(Date.now()), ...options, config: { password: undefined, ...config } as Partial<AuthConfig> });

/** A person with an account somewhere, and a browser for both sides: ours by injected requests, theirs over HTTP. */
export class Visitor {
  readonly browser: Browser;
  readonly robot = new FormRobot();
  readonly #client: TestClient;

  constructor(client: TestClient) {
    this.#client = client;
    this.browser = new Browser(client.auth);
  }

  /** From our authorization endpoint to the page that follows the approval. */
  async approve(overrides: Readonly<Record<string, string | undefined>> = {}): Promise<Page> {
    return this.browser.approve(await this.browser.open(this.#client.authorizeUrl(this.pkce, overrides)));
  }

  readonly pkce = createPkce();

  /** Where a page, or a link of it, leads: an address of a provider. */
  async providerUrl(page: Page, provider?: string): Promise<string> {
    if (provider === undefined) return targetOf(page).href;
    const link = [...page.text.matchAll(/<a class="button" href="([^"]+)">/g)].map(([, href = ""]) => href.replaceAll("&amp;", "&")).find((href) => href.includes(`provider=${provider}`));
    const answer = await this.browser.open(link ?? `no link to ${provider}`);
    return answer.headers.get("location") ?? `no redirect: ${answer.status} ${answer.text.slice(0, 300)}`;
  }

  /** Is somebody at the provider, and comes back with this. */
  atProvider(url: string, person: string, decision: "approve" | "deny" = "approve"): Promise<URL> {
    return this.robot.walk(url, `${issuer}/auth/`, { person, decision });
  }

  /** As a browser comes from another site: without what is for our own pages only. */
  back(callback: URL): Promise<Page> {
    const lax = [...this.browser.jar.attributes].filter(([, attributes]) => !/samesite=strict/i.test(attributes)).map(([name]) => name);
    const all = (this.browser.jar.header(issuer) ?? "").split("; ").filter((pair) => lax.includes(pair.slice(0, pair.indexOf("="))));
    return this.browser.open(callback.href, { cookie: all.join("; "), "sec-fetch-site": "cross-site" });
  }

  /** To the provider that a page leads to, and back. */
  async through(page: Page, person: string, provider?: string): Promise<Page> {
    return this.back(await this.atProvider(await this.providerUrl(page, provider), person));
  }

  /** The code on the page that returns to the client. */
  async exchange(page: Page): Promise<Tokens> {
    const code = targetOf(page).searchParams.get("code") ?? "";
    return tokensOf(await this.#client.exchange({ code, redirect: new URL(redirectUri), pkce: this.pkce }));
  }
}
