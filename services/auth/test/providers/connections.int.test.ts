import { authV1, vaultV1 } from "@mcp-auth-proxy/contracts";
import { Secret } from "@mcp-auth-proxy/crypto";
import { type GithubProvider, type GoogleProvider, type HtmlForm, formsIn, startGithubProvider, startGoogleProvider, waitFor } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Page, targetOf } from "../browser.ts";
import { TestClient } from "../client.ts";
import { issuer, password, resource, type RunningAuth, testConfig } from "../running-auth.ts";
import { github, google, registered, server, startWithProviders, Visitor } from "./gateway.ts";

const calendar = "https://www.googleapis.com/auth/calendar.readonly";
let googleRunning: GoogleProvider;
let githubRunning: GithubProvider;
let auth: RunningAuth;
let client: TestClient;
const resources = [
  server({ displayName: "Calendar", connection: { provider: "google", scopes: [calendar] } }),
  server({ name: "code", resource: `${issuer}/code/mcp`, path: "/code/mcp", displayName: "Code", connection: { provider: "github", scopes: ["repo"] } }),
];
const code = { resource: `${issuer}/code/mcp` };

beforeEach(async () => {
  googleRunning = await startGoogleProvider({ clients: [registered] });
  githubRunning = await startGithubProvider({ clients: [registered] });
  auth = await startWithProviders({ providers: [google(googleRunning), github(githubRunning)], resources, ...(testConfig.password === undefined ? {} : { password: testConfig.password }) });
  client = await TestClient.register(auth);
});
afterEach(async () => {
  await auth.stop();
  await googleRunning.stop();
  await githubRunning.stop();
});

const isCode = (page: Page): boolean => page.status === 200 && targetOf(page).searchParams.has("code");
const subjects = async (): Promise<readonly string[]> => (await auth.store.sql.selectFrom("cx_subjects").select("subject_id").execute()).map((row: { subject_id: string }) => row.subject_id);
const kept = async () => {
  const all = await Promise.all((await subjects()).map(async (subjectId) => (await auth.bridge.ask(vaultV1.credentialsOf, { subjectId })).credentials));
  return all.flat().map(({ facts, status }) => ({ resource: facts.resource, provider: facts.provider, generation: facts.generation, refreshable: facts.refreshable, scope: facts.scope, status }));
};
const signIn = async (visitor: Visitor, provider: string, person = "ada", overrides = {}): Promise<Page> => visitor.through(await visitor.approve(overrides), person, provider);
const forgotten = (): Promise<unknown> => waitFor("the vault to forget", async () => (await kept()).length === 0);

describe("a server that needs an account", () => {
  it("gets it in the sign-in with the same provider: one visit, what it asked for and no more", async () => {
    const visitor = new Visitor(client);
    expect(isCode(await signIn(visitor, "google"))).toBe(true);
    expect(await kept()).toEqual([{ resource, provider: "google", generation: 1, refreshable: true, scope: expect.stringContaining(calendar), status: "connected" }]);
    expect(googleRunning.requests).toHaveLength(1);
    expect((await auth.events()).filter((event) => event.endsWith("ConnectionLinked"))).toHaveLength(1);
  });

  it("gets it in a second visit of the same flow where the person signs in elsewhere", async () => {
    const visitor = new Visitor(client);
    const second = await signIn(visitor, "google", "ada", code);
    expect(targetOf(second).origin).toBe(githubRunning.issuer);
    expect(isCode(await visitor.through(second, "bob"))).toBe(true);
    expect(await kept()).toMatchObject([{ ...code, provider: "github", scope: expect.stringContaining("repo") }]);
    expect((await subjects()).length).toBe(1);
  });

  it("gets it after the password, too, and with a session", async () => {
    const visitor = new Visitor(client);
    const leaving = await visitor.browser.signIn(await visitor.approve(), password);
    expect(targetOf(leaving).origin).toBe(googleRunning.issuer);
    expect(isCode(await visitor.through(leaving, "ada"))).toBe(true);
    const next = await visitor.approve(code);
    expect(targetOf(next).origin).toBe(githubRunning.issuer);
    expect(isCode(await visitor.through(next, "ada"))).toBe(true);
    expect((await kept()).map(({ provider }) => provider).toSorted()).toEqual(["github", "google"]);
  });

  it("asks nobody again who has connected it; scopes never merge across servers", async () => {
    const visitor = new Visitor(client);
    await signIn(visitor, "google");
    expect(isCode(await visitor.approve())).toBe(true);
    await visitor.through(await visitor.approve(code), "ada");
    const scopes = Object.fromEntries((await kept()).map(({ provider, scope }) => [provider, scope]));
    expect(scopes["github"]).not.toContain("calendar");
    expect(scopes["google"]).not.toContain("repo");
  });

  it("asks for consent once more where Google kept its refresh token back", async () => {
    const visitor = new Visitor(client);
    await signIn(visitor, "google");
    await auth.store.transact(({ sql }) => sql.deleteFrom("tt_sessions").execute());
    const [subjectId = ""] = await subjects();
    const { credentials } = await auth.bridge.ask(vaultV1.credentialsOf, { subjectId });
    expect(credentials).toHaveLength(1);
    // Another server through the same client of ours: Google has been asked before, and gives no refresh token.
    await auth.stop();
    auth = await startWithProviders({ providers: [google(googleRunning)], resources });
    client = await TestClient.register(auth);
    const other = Object.assign(new Visitor(client), { robot: visitor.robot });
    const again = await other.through(await other.approve(), "ada");
    const asked = new URL(targetOf(again));
    expect([asked.origin, asked.searchParams.get("prompt")]).toEqual([googleRunning.issuer, "consent"]);
    expect(isCode(await other.through(again, "ada"))).toBe(true);
    expect(await kept()).toMatchObject([{ generation: 2, refreshable: true }]);
  });

  it("uses a client of the server's own in a visit of its own, which may be another account", async () => {
    const own = { clientId: "calendar-client", clientSecret: "of-the-server", redirectUris: registered.redirectUris };
    googleRunning.addClient(own);
    await auth.stop();
    const connection = { provider: "google", scopes: [calendar], client: { id: own.clientId, secret: Secret.of(own.clientSecret) } };
    auth = await startWithProviders({ providers: [google(googleRunning)], resources: [server({ connection })] });
    client = await TestClient.register(auth);
    const visitor = new Visitor(client);
    const signInUrl = await visitor.providerUrl(await visitor.approve());
    expect(new URL(signInUrl).searchParams.get("scope")).not.toContain(calendar);
    const leaving = await visitor.back(await visitor.atProvider(signInUrl, "ada"));
    expect(targetOf(leaving).searchParams.get("client_id")).toBe(own.clientId);
    expect(isCode(await visitor.back(await new Visitor(client).atProvider(targetOf(leaving).href, "bob")))).toBe(true);
    expect(googleRunning.requests.map(({ clientId }) => clientId)).toEqual([registered.clientId, own.clientId]);
    expect(await kept()).toMatchObject([{ provider: "google", refreshable: true }]);
  });

  it("takes no other account of the provider that the person signs in with", async () => {
    const visitor = new Visitor(client);
    await signIn(visitor, "google");
    const page = await visitor.browser.open("/account");
    const url = targetOf(await press(visitor, page, "connect", resource)).href;
    const refused = await visitor.back(await new Visitor(client).atProvider(url, "bob"));
    expect([refused.status, refused.text.includes("This is another account"), refused.text.includes("bob@")]).toEqual([403, true, true]);
    expect(await kept()).toMatchObject([{ generation: 1 }]);
  });
});

const formFor = (page: Page, action: string, of: string): HtmlForm => {
  const found = formsIn(page.text, page.url).find(({ buttons, fields }) => buttons.some(({ value }) => value === action) && fields.some(({ name, value }) => name === "resource" && value === of));
  if (found === undefined) throw new Error(`no ${action} for ${of} at ${page.url}: ${page.status}`);
  return found;
};
const press = (visitor: Visitor, page: Page, action: string, of: string, headers = {}): Promise<Page> => {
  const { action: url, fields } = formFor(page, action, of);
  return visitor.browser.post(url, { ...Object.fromEntries(fields.map(({ name, value }) => [name, value])), action }, headers);
};

describe("the account page", () => {
  it("shows each server's account, connects it, and ends it; what was kept is forgotten", async () => {
    const visitor = new Visitor(client);
    await signIn(visitor, "google");
    const page = await visitor.browser.open("/account");
    expect(page.text).toContain("Connected accounts");
    expect(() => formFor(page, "disconnect", code.resource)).toThrow(/no disconnect/);
    const onward = await visitor.through(await press(visitor, page, "connect", code.resource), "bob");
    expect(targetOf(onward).pathname).toBe("/account");
    expect((await kept()).map(({ provider }) => provider).toSorted()).toEqual(["github", "google"]);
    const connected = await visitor.browser.open("/account");
    expect((await press(visitor, connected, "disconnect", code.resource)).status).toBe(303);
    const after = await visitor.browser.open("/account");
    expect(() => formFor(after, "disconnect", code.resource)).toThrow(/no disconnect/);
    await waitFor("GitHub to be forgotten", async () => (await kept()).length === 1);
    expect(await kept()).toMatchObject([{ provider: "google" }]);
    expect(after.text).toContain("Ended the connection of an account");
    expect(after.text).toContain("<bdi>Code</bdi>");
  });

  it("connects anew what was just ended, and the old end takes nothing of it", async () => {
    const visitor = new Visitor(client);
    await signIn(visitor, "google");
    for (let round = 0; round < 3; round += 1) {
      await press(visitor, await visitor.browser.open("/account"), "disconnect", resource);
      await visitor.through(await press(visitor, await visitor.browser.open("/account"), "connect", resource), "ada");
      expect(await kept()).toMatchObject([{ status: "connected" }]);
    }
    formFor(await visitor.browser.open("/account"), "disconnect", resource);
  });

  it("says in the guide's words that a connection has expired, and mends it", async () => {
    const visitor = new Visitor(client);
    await signIn(visitor, "google");
    const [subjectId = ""] = await subjects();
    const [first] = (await auth.bridge.ask(vaultV1.credentialsOf, { subjectId })).credentials;
    await auth.bridge.ask(vaultV1.breakCredential, { commandId: "0198e1a0-0000-7000-8000-000000000001", credentialId: first?.facts.credentialId ?? "", expectedGeneration: 1, reason: "invalid-grant" });
    const korean = await visitor.browser.open("/account", { "accept-language": "ko" });
    expect(korean.text).toContain("Google 계정 연동이 만료되었습니다. [다시 연동]을 클릭하세요");
    expect(korean.text).toContain(">다시 연동</button>");
    const leaving = await press(visitor, korean, "connect", resource);
    expect(targetOf(leaving).searchParams.get("prompt")).toBe("consent");
    await visitor.through(leaving, "ada");
    expect(await kept()).toMatchObject([{ status: "connected", refreshable: true }]);
    expect((await visitor.browser.open("/account", { "accept-language": "ko" })).text).not.toContain("만료되었습니다");
  });

  it.each([["without the token", { csrf_token: "" }, {}], ["from another site", {}, { "sec-fetch-site": "cross-site" }]] as const)("connects and ends nothing %s", async (_how, fields, headers) => {
    const visitor = new Visitor(client);
    await signIn(visitor, "google");
    const page = await visitor.browser.open("/account");
    const before = await auth.events();
    for (const action of ["connect", "disconnect"]) {
      const form = formFor(page, action, resource);
      const values = Object.fromEntries(form.fields.map(({ name, value }) => [name, value]));
      expect((await visitor.browser.post(form.action, { ...values, action, ...fields }, headers)).status).toBe(403);
    }
    expect(await auth.events()).toEqual(before);
    expect((await press(visitor, page, "disconnect", resource)).status).toBe(303);
  });

  it("A02: what somebody else began to connect is not connected here", async () => {
    const [ada, bob] = [new Visitor(client), new Visitor(client)];
    await signIn(ada, "google", "ada");
    await signIn(bob, "google", "bob");
    const url = targetOf(await press(ada, await ada.browser.open("/account"), "connect", code.resource)).href;
    expect((await bob.back(await bob.atProvider(url, "bob"))).status).toBe(403);
    expect((await kept()).map(({ provider }) => provider)).toEqual(["google", "google"]);
  });

  it("shows itself where the vault does not answer", async () => {
    const visitor = new Visitor(client);
    await signIn(visitor, "google");
    await auth.vault.stop(1_000);
    const page = await visitor.browser.open("/account");
    expect([page.status, page.text.includes("Can not be shown right now")]).toEqual([200, true]);
  });
});

describe("the end of the last access", () => {
  const two = async (visitor: Visitor): Promise<readonly string[]> => {
    const first = await visitor.exchange(await signIn(visitor, "google"));
    const other = await TestClient.register(auth, { client_name: "Other" });
    const second = new Visitor(other);
    await second.exchange(await signIn(second, "google"));
    return [client.clientId, other.clientId, first.refreshToken];
  };
  const endApp = (visitor: Visitor, page: Page, clientId: string): Promise<Page> => {
    const form = formsIn(page.text, page.url).find(({ fields }) => fields.some(({ value }) => value === clientId));
    return visitor.browser.post("/account", { ...Object.fromEntries((form?.fields ?? []).map(({ name, value }) => [name, value])), action: "end-app" });
  };

  it("by its person makes the vault forget, and not before", async () => {
    const visitor = new Visitor(client);
    const [first = "", second = ""] = await two(visitor);
    await endApp(visitor, await visitor.browser.open("/account"), first);
    expect((await auth.events()).some((event) => event.endsWith("ConnectionUnlinked"))).toBe(false);
    expect(await kept()).toHaveLength(1);
    await endApp(visitor, await visitor.browser.open("/account"), second);
    await forgotten();
  });

  it("by the operator, who names the account as the page does, too", async () => {
    const visitor = new Visitor(client);
    const { refreshToken } = await visitor.exchange(await signIn(visitor, "google"));
    const [subjectId = ""] = await subjects();
    const { users } = await auth.bridge.ask(authV1.users, { limit: 10 });
    expect(users).toMatchObject([{ subjectId }]);
    const revoked = await auth.bridge.ask(authV1.revoke, { commandId: "0198e1a0-0000-7000-8000-000000000002", actor: "operator", target: { kind: "login", id: users[0]?.login ?? "" } });
    expect(revoked).toEqual({ revokedGrants: 1 });
    expect((await client.refresh(refreshToken)).body["error"]).toBe("invalid_grant");
    await forgotten();
  });

  it("is not forgotten while the vault is away: it is done when the vault is back", async () => {
    const visitor = new Visitor(client);
    await visitor.exchange(await signIn(visitor, "google"));
    await auth.vault.stop(1_000);
    await endApp(visitor, await visitor.browser.open("/account"), client.clientId);
    await waitFor("an attempt", () => auth.logLines.some((line) => line.includes("is not forgotten yet")));
    await auth.vault.start();
    await forgotten();
  });

  it("by the client leaves the connection to its person", async () => {
    const visitor = new Visitor(client);
    const { refreshToken } = await visitor.exchange(await signIn(visitor, "google"));
    await client.revoke(refreshToken);
    expect((await auth.events()).some((event) => event.endsWith("ConnectionUnlinked"))).toBe(false);
    expect(await kept()).toHaveLength(1);
  });
});

describe("B12: a vault that does not answer during the callback", () => {
  it("B12: is asked again until it does, and nobody notices", async () => {
    const visitor = new Visitor(client);
    const callback = await visitor.atProvider(await visitor.providerUrl(await visitor.approve(), "google"), "ada");
    await auth.vault.stop(1_000);
    const answer = visitor.back(callback);
    await waitFor("a second attempt", () => auth.logLines.some((line) => line.includes("trying again")));
    await auth.vault.start();
    expect(isCode(await answer)).toBe(true);
    expect(await kept()).toMatchObject([{ status: "connected" }]);
  });

  it("B12: that stays away is told to the person; the next try works", async () => {
    const visitor = new Visitor(client);
    const callback = await visitor.atProvider(await visitor.providerUrl(await visitor.approve(), "google"), "ada");
    await auth.vault.stop(1_000);
    const page = await visitor.back(callback);
    expect([page.status, page.text.includes("The connection could not be saved")]).toEqual([503, true]);
    const [linked, unlinked] = (await auth.events()).filter((event) => event.includes("Connection")).map((event) => event.split(" ")[1]);
    expect([linked, unlinked]).toEqual(["ConnectionLinked", "ConnectionUnlinked"]);
    await auth.vault.start();
    const retry = /href="([^"]*\/authorize\/sign-in\?[^"]*)"/.exec(page.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const done = await visitor.through(await visitor.browser.open(retry), "ada", "google");
    const last = isCode(done) ? done : await visitor.through(done, "ada");
    expect(isCode(last)).toBe(true);
    expect(await kept()).toMatchObject([{ status: "connected" }]);
  }, 30_000);

  it("B12: that stays away during a second sign-in takes nothing from the connection that is there", async () => {
    const visit = async () => {
      const visitor = new Visitor(client);
      return { visitor, callback: await visitor.atProvider(await visitor.providerUrl(await visitor.approve(), "google"), "ada") };
    };
    const first = await visit();
    expect(isCode(await first.visitor.back(first.callback))).toBe(true);
    const second = await visit();
    await auth.vault.stop(1_000);
    expect((await second.visitor.back(second.callback)).status).toBe(503);
    await auth.vault.start();
    expect((await auth.events()).filter((event) => event.includes("ConnectionUnlinked"))).toEqual([]);
    expect(await kept()).toMatchObject([{ status: "connected" }]);
  }, 30_000);
});
