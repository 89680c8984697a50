import { type GithubProvider as RunningProvider, type GithubProviderOptions, startGithubProvider } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AccessRule } from "../../src/validate/access-rules.ts";
import type { GithubProvider } from "../../src/upstream/upstream-provider.ts";
import { asked, callbackFrom, clientFor, common, failureOf, registered, secrets, signInAt } from "./visiting.ts";

const many = Array.from({ length: 130 }, (_, at) => `org-${at}`);
const options: GithubProviderOptions = {
  clients: [registered],
  unverifiedEmails: "allow",
  people: [
    { login: "ada", organizations: [...many, "Acme"], teams: ["Acme:core"] },
    { login: "bob", emails: [{ email: "bob@example.com", primary: true, verified: false }, { email: "other@example.com", primary: false, verified: true }] },
  ],
};
let running: RunningProvider;
beforeEach(async () => {
  running = await startGithubProvider(options);
});
afterEach(() => running.stop());

const configured = (from: RunningProvider = running): GithubProvider => ({ ...common, kind: "github", id: "github", url: from.issuer, apiUrl: from.apiUrl });
const orgRule: AccessRule = { kind: "github-org", org: "acme" };

describe("a sign-in at GitHub", () => {
  it("tells who came by number, with login and verified primary address", async () => {
    const { identity, tokenResponse } = await signInAt(clientFor(configured()), "ada");
    expect(identity).toMatchObject({ account: JSON.stringify(["github", running.issuer, running.subOf("ada")]), name: "ada", facts: { githubLogin: "ada", email: "ada@example.com", organisations: [] } });
    expect(JSON.parse(tokenResponse.reveal())).toMatchObject({ token_type: "bearer" });
  });

  it("takes no address that is not both verified and the primary one", async () => {
    expect((await signInAt(clientFor(configured()), "bob")).identity.facts).not.toHaveProperty("email");
  });

  it("asks with PKCE, and for organisations only where a rule names one", async () => {
    const scopeWith = async (rules: readonly AccessRule[]) => new URL(await clientFor(configured(), rules).authorizationUrl({ ...asked, scopes: ["repo"] })).searchParams;
    expect((await scopeWith([])).get("scope")).toBe("read:user user:email repo");
    expect((await scopeWith([orgRule])).get("scope")).toBe("read:user user:email read:org repo");
    expect((await scopeWith([])).get("code_challenge_method")).toBe("S256");
    await signInAt(clientFor(configured()), "ada");
    expect(running.visits.some((visit) => visit.includes("/user/orgs") || visit.includes("/user/teams"))).toBe(false);
  });

  it("looks through every page of organisations and teams, and keeps what rules name", async () => {
    const { identity } = await signInAt(clientFor(configured(), [orgRule, { kind: "github-org", org: "acme", team: "core" }]), "ada");
    expect(identity.facts.organisations).toEqual(["Acme", "Acme:core"]);
    expect(running.visits.filter((visit) => visit.includes("/user/orgs"))).toHaveLength(2);
  });

  it("works at an Enterprise server, whose API lies elsewhere", async () => {
    await using enterprise = await startGithubProvider({ ...options, enterprise: true });
    expect(enterprise.apiUrl).not.toBe(enterprise.issuer);
    expect((await signInAt(clientFor(configured(enterprise), [orgRule]), "ada")).identity.facts.organisations).toEqual(["Acme"]);
  });
});

describe("what GitHub sends is not believed", () => {
  it("takes an error with status 200 for an error", async () => {
    const client = clientFor(configured());
    const callback = await callbackFrom(client, "ada");
    expect(await failureOf(client.redeem(callback, secrets))).toBe("none");
    expect(await failureOf(client.redeem(callback, secrets))).toBe("refused");
    expect(await failureOf(client.redeem(await callbackFrom(client, "ada"), { ...secrets, verifier: "w".repeat(43) }))).toBe("refused");
  });

  it("A08: an iss of somebody else redeems nothing", async () => {
    const client = clientFor(configured());
    const callback = await callbackFrom(client, "ada");
    const changed = new URL(callback);
    changed.searchParams.set("iss", "https://evil.example");
    expect(await failureOf(client.redeem(changed, secrets))).toBe("invalid");
    expect(running.requests).toHaveLength(0);
    expect(await failureOf(client.redeem(callback, secrets))).toBe("none");
  });

  it("a person who says no is declined", async () => {
    const client = clientFor(configured());
    const callback = await callbackFrom(client, "ada");
    callback.searchParams.delete("code");
    callback.searchParams.set("error", "access_denied");
    expect(await failureOf(client.redeem(callback, secrets))).toBe("declined");
  });

  it.each(["429", "500", "garbage", "huge", "close"] as const)("an API that answers with %s signs nobody in", async (kind) => {
    const client = clientFor(configured(), [orgRule]);
    for (const endpoint of ["/user", "/user/emails", "/user/orgs"] as const) {
      running.failNext({ endpoint, kind });
      expect(["unavailable", "invalid"], endpoint).toContain(await failureOf(signInAt(client, "ada")));
    }
    expect(await failureOf(signInAt(client, "ada"))).toBe("none");
  });
});
