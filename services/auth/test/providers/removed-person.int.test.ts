import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock, type OidcProvider, startOidcProvider } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestClient, tokensOf } from "../client.ts";
import { type RunningAuth, startAuth } from "../running-auth.ts";
import type { AccessRule } from "../../src/index.ts";
import { oidc, registered, server, startWithProviders, Visitor } from "./gateway.ts";

let company: OidcProvider;
let folder: string;
let auth: RunningAuth | undefined;
const clock = createFakeClock(Date.now());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "removed-person-"));
  company = await startOidcProvider({ clients: [registered], people: [{ login: "ada", groups: ["staff"] }, { login: "bob" }] });
});
afterEach(async () => {
  await auth?.stop();
  await company.stop();
  await rm(folder, { recursive: true });
});

/** The same gateway with other lists: as after a change of the settings and a restart. */
const restart = async (lists: { readonly allowed?: readonly AccessRule[]; readonly own?: readonly AccessRule[]; readonly allowedUsers?: readonly AccessRule[] }): Promise<RunningAuth> => {
  await auth?.stop();
  const { allowed = [], own = [], allowedUsers } = lists;
  const files = { auth: join(folder, "auth.sqlite"), vault: join(folder, "vault.sqlite") };
  const resources = [server(allowedUsers === undefined ? {} : { allowedUsers })];
  auth = await startWithProviders({ providers: [oidc(company, { allowed: own, scopes: ["groups"] })], allowed, resources }, { files, clock });
  return auth;
};
const signIn = async (running: RunningAuth, person: string): Promise<{ readonly client: TestClient; readonly refreshToken: string }> => {
  const client = await TestClient.register(running);
  const visitor = new Visitor(client);
  const { refreshToken } = await visitor.exchange(await visitor.through(await visitor.approve(), person));
  return { client, refreshToken };
};
const again = (running: RunningAuth, { client, refreshToken }: { readonly client: TestClient; readonly refreshToken: string }) => new TestClient(running, client.clientId).refresh(refreshToken);
const ada: AccessRule = { kind: "email", email: "ada@example.com" };
const bob: AccessRule = { kind: "email", email: "bob@example.com" };
const everyone: AccessRule = { kind: "everyone" };

describe("somebody who was taken off the list", () => {
  it.each([
    ["of everybody", { allowed: [ada, bob] }, { allowed: [bob] }],
    ["of the provider", { own: [ada, bob] }, { own: [bob] }],
    ["of the server", { allowed: [everyone], allowedUsers: [ada, bob] }, { allowed: [everyone], allowedUsers: [bob] }],
    ["of groups", { allowed: [{ kind: "group", group: "staff" }, bob] }, { allowed: [{ kind: "group", group: "admins" }, bob] }],
    ["that was replaced by one of claims that nobody asked for then", { allowed: [everyone] }, { allowed: [{ kind: "attribute", pointer: "/groups", value: "staff" }, bob] }],
  ] as const)("%s loses their access at the next refresh, for good; others keep theirs", async (_list, before, after) => {
    let running = await restart(before);
    const [removed, stays] = [await signIn(running, "ada"), await signIn(running, "bob")];
    running = await restart(after);
    const answer = await again(running, removed);
    expect([answer.status, answer.body["error"]]).toEqual([400, "invalid_grant"]);
    expect((await running.events()).filter((event) => event.endsWith("GrantRevoked"))).toHaveLength(1);
    const { refreshToken } = tokensOf(await again(running, stays));
    running = await restart(before);
    expect((await again(running, removed)).body["error"]).toBe("invalid_grant");
    expect((await again(running, { ...stays, refreshToken })).status).toBe(200);
  });

  it("is judged by what the provider said at the last sign-in", async () => {
    const staff = { allowed: [{ kind: "group", group: "staff" }] } as const;
    const running = await restart(staff);
    const session = await signIn(running, "ada");
    company.changePerson({ login: "ada", groups: [] });
    expect((await again(running, session)).status).toBe(200);
    const client = await TestClient.register(running);
    const visitor = new Visitor(client);
    expect((await visitor.through(await visitor.approve(), "ada")).status).toBe(403);
  });

  it("is everybody of a provider that is gone, and the owner where there is no password any more", async () => {
    let running = await restart({ allowed: [everyone] });
    const session = await signIn(running, "ada");
    await running.stop();
    const files = { auth: join(folder, "auth.sqlite"), vault: join(folder, "vault.sqlite") };
    auth = await startAuth({ files, clock });
    running = auth;
    expect((await again(running, session)).body["error"]).toBe("invalid_grant");
    const owner = await TestClient.register(running);
    const tokens = await owner.signIn();
    running = await restart({ allowed: [everyone] });
    expect((await again(running, { client: owner, refreshToken: tokens.refreshToken })).body["error"]).toBe("invalid_grant");
  });
});
