import { createFakeClock, type OidcProvider as RunningProvider, startOidcProvider, startWebHost } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OidcProvider } from "../../src/upstream/upstream-provider.ts";
import { asked, callbackFrom, callbackUrl, clientFor, common, failureOf, registered, secrets, signInAt } from "./visiting.ts";

let running: RunningProvider;
beforeEach(async () => {
  running = await startOidcProvider({ clients: [registered], people: [{ login: "ada", groups: ["staff"], claims: { department: "R&D" } }, { login: "bob", emailVerified: false }, { login: "eve", emailVerified: "absent" }] });
});
afterEach(() => running.stop());

const configured = (changed: Partial<OidcProvider> = {}): OidcProvider => ({ ...common, kind: "oidc", id: "oidc", issuer: running.issuer, endpoints: {}, trustEmail: false, ...changed });

describe("a sign-in at an OpenID provider", () => {
  it("asks with PKCE, state and nonce for what names the person, and for no refresh token", async () => {
    const url = new URL(await clientFor(configured({ scopes: ["groups"] })).authorizationUrl(asked));
    expect(url.origin).toBe(running.issuer);
    const parameters = Object.fromEntries(url.searchParams);
    expect(parameters).toMatchObject({ response_type: "code", client_id: "gateway", redirect_uri: callbackUrl, scope: "openid email profile groups", state: secrets.state, nonce: secrets.nonce, code_challenge_method: "S256" });
    expect(parameters["code_challenge"]).not.toBe(secrets.verifier);
    expect(parameters).not.toHaveProperty("prompt");
  });

  it("asks for offline_access where the tokens are kept and the provider has it", async () => {
    const client = clientFor(configured());
    expect(await client.scopeOf({ scopes: ["calendar"], keeps: true })).toBe("openid email profile calendar offline_access");
    expect(JSON.parse((await signInAt(client, "ada", { keeps: true, asksConsent: true })).tokenResponse.reveal())).toHaveProperty("refresh_token");
  });

  it("tells who came by issuer and subject, with the verified address, and the answer as it came", async () => {
    const redeemed = await signInAt(clientFor(configured(), [{ kind: "group", group: "staff" }]), "ada", { scopes: ["groups"] });
    expect(redeemed.identity).toMatchObject({ account: JSON.stringify(["oidc", running.issuer, running.subOf("ada")]), name: "ada@example.com", facts: { provider: "oidc", email: "ada@example.com", groups: ["staff"] } });
    const answer = JSON.parse(redeemed.tokenResponse.reveal());
    expect(running.isLive(answer.access_token)).toMatchObject({ sub: running.subOf("ada") });
    expect(String(redeemed.tokenResponse)).toBe("[secret]");
  });

  it("asks userinfo for what the ID token does not say", async () => {
    await using lean = await startOidcProvider({ clients: [registered], claimsInIdToken: false, people: [{ login: "ada", groups: ["staff"], claims: { department: "R&D" } }] });
    const client = clientFor(configured({ issuer: lean.issuer, userIdField: "preferred_username" }), [{ kind: "attribute", pointer: "/department", value: "R&D" }]);
    const { identity } = await signInAt(client, "ada", { scopes: ["groups"] });
    expect(identity.facts).toMatchObject({ name: "ada", email: "ada@example.com", attributes: { "/department": ["R&D"] } });
  });

  it.each([
    ["bob", false, undefined, "said not to be verified"],
    ["bob", true, undefined, "trusted, and said not to be verified all the same"],
    ["eve", false, undefined, "nothing said"],
    ["eve", true, "eve@example.com", "nothing said, and trusted by the operator"],
  ] as const)("the address of %s (trusted: %s) counts as %s: %s", async (person, trustEmail, email, _why) => {
    const { identity } = await signInAt(clientFor(configured({ trustEmail })), person);
    expect(identity.facts.email).toBe(email);
    expect(identity.name).toBe(email ?? running.subOf(person));
  });

  it("adopts discovery's form of an issuer that differs by one trailing slash", async () => {
    const { identity } = await signInAt(clientFor(configured({ issuer: `${running.issuer}/` })), "ada");
    expect(identity.account).toContain(`"${running.issuer}"`);
  });

  it("works with endpoints that the operator names, and then discovers nothing", async () => {
    const { authorization, token, userinfo, jwks } = running.endpoints;
    const client = clientFor(configured({ endpoints: { authorization, token, userinfo, jwks } }));
    expect((await signInAt(client, "ada")).identity.name).toBe("ada@example.com");
    expect(running.visits.some((visit) => visit.includes(".well-known"))).toBe(false);
  });

  it("discovers once, however many people sign in", async () => {
    const client = clientFor(configured());
    await Promise.all([signInAt(client, "ada"), signInAt(client, "bob"), signInAt(client, "eve")]);
    expect(running.visits.filter((visit) => visit.includes(".well-known"))).toHaveLength(1);
  });

  it("sends the secret where the operator says", async () => {
    for (const clientAuthentication of ["client_secret_basic", "client_secret_post"] as const) {
      expect((await signInAt(clientFor(configured({ clientAuthentication })), "ada")).identity.name).toBe("ada@example.com");
    }
  });
});

describe("what a provider sends is not believed", () => {
  it.each([
    ["another iss", (url: URL) => url.searchParams.set("iss", "https://evil.example"), "invalid"],
    ["no iss although it says that it sends one", (url: URL) => url.searchParams.delete("iss"), "invalid"],
    ["an error in the name of another issuer", (url: URL) => (url.searchParams.set("iss", "https://evil.example"), url.searchParams.set("error", "access_denied")), "invalid"],
    ["another state", (url: URL) => url.searchParams.set("state", "another"), "invalid"],
    ["two codes", (url: URL) => url.searchParams.append("code", "another"), "invalid"],
    ["an error of the provider's", (url: URL) => (url.searchParams.delete("code"), url.searchParams.set("error", "access_denied")), "declined"],
    ["that it can not now", (url: URL) => (url.searchParams.delete("code"), url.searchParams.set("error", "temporarily_unavailable")), "unavailable"],
  ] as const)("A08: a callback with %s redeems nothing; the right one still works", async (_what, change, failure) => {
    const client = clientFor(configured());
    const right = await callbackFrom(client, "ada");
    const changed = new URL(right);
    change(changed);
    expect(await failureOf(client.redeem(changed, secrets))).toBe(failure);
    expect(running.requests).toHaveLength(0);
    expect(await failureOf(client.redeem(right, secrets))).toBe("none");
  });

  it.each([
    ["nonce", { ...secrets, nonce: "another" }, "invalid"],
    ["verifier", { ...secrets, verifier: "w".repeat(43) }, "refused"],
  ] as const)("with the %s of another visit nobody is signed in", async (_what, others, failure) => {
    const client = clientFor(configured());
    expect(await failureOf(client.redeem(await callbackFrom(client, "ada"), others))).toBe(failure);
  });

  it("an ID token that the published keys did not sign is refused", async () => {
    await using other = await startOidcProvider({ clients: [registered] });
    const { authorization, token } = running.endpoints;
    const client = clientFor(configured({ endpoints: { authorization, token, jwks: other.endpoints.jwks } }));
    expect(await failureOf(signInAt(client, "ada"))).toBe("invalid");
  });

  it.each(["429", "500", "garbage", "huge", "close"] as const)("a token endpoint that answers with %s signs nobody in, and the next visit works", async (kind) => {
    const client = clientFor(configured());
    const callback = await callbackFrom(client, "ada");
    running.failNext({ endpoint: "token", kind });
    expect(["unavailable", "invalid"]).toContain(await failureOf(client.redeem(callback, secrets)));
    expect(await failureOf(signInAt(client, "ada"))).toBe("none");
  });

  it("keys that can not be had sign nobody in (B06)", async () => {
    const client = clientFor(configured());
    running.failNext({ endpoint: "jwks", kind: "500" });
    expect(await failureOf(signInAt(client, "ada"))).toBe("unavailable");
    expect(await failureOf(signInAt(client, "ada"))).toBe("none");
  });
});

describe("discovery", () => {
  const metadata = (origin: string, changed: Readonly<Record<string, unknown>>) => ({ issuer: origin, authorization_endpoint: `${origin}/a`, token_endpoint: `${origin}/t`, jwks_uri: `${origin}/k`, ...changed });

  it.each([
    ["B02: metadata of another issuer", { issuer: "https://evil.example" }],
    ["B02: metadata of an issuer that only begins the same", (origin: string) => ({ issuer: `${origin}/tenant` })],
    ["B02: a token endpoint at a host of this machine that the operator did not name", { token_endpoint: "http://127.0.0.1:1/t" }],
    ["B03: an authorization endpoint that is a script", { authorization_endpoint: "javascript:alert(1)" }],
    ["B03: an authorization endpoint that is a file", { authorization_endpoint: "file:///etc/passwd" }],
    ["B03: an authorization endpoint with a command in it", { authorization_endpoint: "https://idp.example/$(id)`id`" }],
    ["B03: an authorization endpoint that looks like an option", { authorization_endpoint: "-oProxyCommand=id" }],
    ["B03: plain http to another machine", { authorization_endpoint: "http://idp.example/a" }],
    ["no token endpoint", { token_endpoint: undefined }],
    ["endpoints that are no text", { token_endpoint: 7 }],
  ])("refuses %s", async (_what, change) => {
    await using host = await startWebHost((_request, response) => {
      const origin = `http://127.0.0.1:${host.port}`;
      response.setHeader("content-type", "application/json").end(JSON.stringify(metadata(origin, typeof change === "function" ? change(origin) : change)));
    });
    const client = clientFor(configured({ issuer: `http://127.0.0.1:${host.port}` }));
    expect(await failureOf(client.authorizationUrl(asked))).toBe("invalid");
  });

  it("of a provider that is down is tried again after a while, and not by everybody", async () => {
    const clock = createFakeClock();
    const client = clientFor(configured(), [], clock);
    running.failNext({ endpoint: "discovery", kind: "500" });
    expect(await failureOf(client.authorizationUrl(asked))).toBe("unavailable");
    expect(await failureOf(client.authorizationUrl(asked))).toBe("unavailable");
    expect(running.visits.filter((visit) => visit.includes(".well-known"))).toHaveLength(1);
    clock.advance(5_000);
    expect(await failureOf(client.authorizationUrl(asked))).toBe("none");
  });

  it("that fails later does not take away what is known", async () => {
    const clock = createFakeClock();
    const client = clientFor(configured(), [], clock);
    await client.authorizationUrl(asked);
    clock.advance(3_600_000);
    running.failNext({ endpoint: "discovery", kind: "close", count: 2 });
    expect(await failureOf(client.authorizationUrl(asked))).toBe("none");
  });
});
