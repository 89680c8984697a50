import { createPkce, formsIn } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Browser, targetOf, type Page } from "./browser.ts";
import { TestClient, tokensOf } from "./client.ts";
import { payloadOf } from "./confidential.ts";
import { resource, startAuth, type RunningAuth } from "./running-auth.ts";

let auth: RunningAuth;
beforeEach(async () => {
  auth = await startAuth({
    config: {
      resources: [{ name: "files", resource, path: "/mcp", displayName: "Files", scopes: [{ name: "write", includes: ["read"] }, { name: "read", includes: [] }] }],
      clients: [{ clientId: "reader", redirectUris: ["http://127.0.0.1:9/callback"], grantTypes: ["authorization_code"], scope: "mcp-access read", resourceServer: false }],
    },
  });
});
afterEach(() => auth.stop());

const scopeOf = async (client: TestClient, scope: string): Promise<unknown> => {
  const answer = await client.exchange(await client.approve({ scope }));
  return payloadOf(answer.body["access_token"])["scope"];
};

/** Asks for write, which includes read, and unticks some of it. */
const withUnticked = async (client: TestClient, unticked: readonly string[]): Promise<{ readonly page: Page; readonly scope: unknown }> => {
  const browser = new Browser(auth);
  const pkce = createPkce();
  const page = await browser.open(client.authorizeUrl(pkce, { scope: "mcp-access write" }));
  const [form] = formsIn(page.text, page.url);
  const kept = (form?.fields ?? []).filter(({ name }) => !unticked.includes(name));
  const answer = await browser.post("/authorize/consent", { ...Object.fromEntries(kept.map(({ name, value }) => [name, value])), decision: "approve" });
  const redirect = targetOf(await browser.signIn(await browser.open(answer.headers.get("location") ?? "")));
  const tokens = await client.exchange({ code: redirect.searchParams.get("code") ?? "", redirect, pkce });
  return { page, scope: payloadOf(tokens.body["access_token"])["scope"] };
};

describe("scopes of a server", () => {
  it("A20 are declined truly: without what it includes, a scope goes too, and the page says so", async () => {
    const client = await TestClient.register(auth);
    const { page, scope } = await withUnticked(client, ["scope:read"]);
    expect(scope).toBe("mcp-access");
    expect(page.text).toContain("only together with: read");
    expect((await withUnticked(client, ["scope:write"])).scope).toBe("mcp-access read");
    expect((await withUnticked(client, [])).scope).toBe("mcp-access write read");
  });

  it("are granted when they are asked for and consented to, with what they include, and not before", async () => {
    const client = await TestClient.register(auth);
    expect(await scopeOf(client, "mcp-access")).toBe("mcp-access");
    expect(await scopeOf(client, "write")).toBe("mcp-access write read");
  });

  it("A3.8 a second authorization with the union of scopes gives a token with all of them", async () => {
    const client = await TestClient.register(auth);
    expect(await scopeOf(client, "mcp-access read")).toBe("mcp-access read");
    expect(await scopeOf(client, "mcp-access read write")).toBe("mcp-access write read");
  });

  it("are never added to what was asked for: a second authorization for less gives less", async () => {
    const client = await TestClient.register(auth);
    await scopeOf(client, "write");
    expect(await scopeOf(client, "mcp-access")).toBe("mcp-access");
  });

  it("stay within what the operator gave to the client", async () => {
    expect(await scopeOf(new TestClient(auth, "reader"), "mcp-access write offline_access")).toBe("mcp-access read");
  });

  it("can be left out at a refresh, and not added", async () => {
    const client = await TestClient.register(auth);
    const { refreshToken } = tokensOf(await client.exchange(await client.approve({ scope: "read" })));
    const more = await client.refresh(refreshToken, { scope: "write" });
    expect(more.body["scope"]).toBe("mcp-access read");
    const less = await client.refresh(tokensOf(more).refreshToken, { scope: "mcp-access" });
    expect(less.body["scope"]).toBe("mcp-access");
  });

  it("are echoed to a client that registers for them", async () => {
    const answer = await auth.app.inject({ method: "POST", url: "/register", headers: { "content-type": "application/json" }, payload: JSON.stringify({ redirect_uris: ["https://a.example/cb"], scope: "write unknown" }) });
    expect(answer.json()).toMatchObject({ scope: "mcp-access write read" });
  });
});
