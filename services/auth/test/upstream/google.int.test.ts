import { FormRobot, startGoogleProvider, type GoogleProvider as RunningProvider } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { AccessRule } from "../../src/validate/access-rules.ts";
import type { GoogleProvider } from "../../src/upstream/upstream-provider.ts";
import { asked, clientFor, common, registered, signInAt } from "./visiting.ts";

let running: RunningProvider;
beforeEach(async () => {
  running = await startGoogleProvider({ clients: [registered] });
});
afterEach(() => running.stop());

const configured = (): GoogleProvider => ({ ...common, kind: "google", id: "google", issuer: running.issuer });
const calendar = "https://www.googleapis.com/auth/calendar.readonly";
const parametersOf = async (rules: readonly AccessRule[], changed = {}): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(new URL(await clientFor(configured(), rules).authorizationUrl({ ...asked, ...changed })).searchParams);
const isKept = (text: string): boolean => JSON.parse(text).refresh_token !== undefined;

it("asks for offline access only where tokens are kept, and never for what other servers were given", async () => {
  const kept = await parametersOf([], { keeps: true, scopes: [calendar] });
  expect(kept).toMatchObject({ access_type: "offline", scope: `openid email profile ${calendar}` });
  expect(kept).not.toHaveProperty("include_granted_scopes");
  expect(await parametersOf([])).not.toHaveProperty("access_type");
});

it.each<[AccessRule[], string | undefined]>([
  [[{ kind: "workspace", domain: "example.com" }], "example.com"],
  [[{ kind: "workspace", domain: "a.example" }, { kind: "workspace", domain: "b.example" }], "*"],
  [[{ kind: "workspace", domain: "a.example" }, { kind: "email", email: "a@gmail.com" }], undefined],
  [[], undefined],
])("hints at the Workspace where nobody else gets in: %j", async (rules, hd) => {
  expect((await parametersOf(rules))["hd"]).toBe(hd);
});

it("tells the Workspace that Google vouches for, and none for a private account", async () => {
  const client = clientFor(configured());
  expect((await signInAt(client, "ada")).identity).toMatchObject({ name: expect.stringContaining("@"), facts: { workspace: "example.com" } });
  expect((await signInAt(client, "bob")).identity.facts).not.toHaveProperty("workspace");
});

it("gets a refresh token the first time, and then only by asking for consent again", async () => {
  const client = clientFor(configured());
  const robot = new FormRobot();
  const keeps = { keeps: true, scopes: [calendar] };
  expect(isKept((await signInAt(client, "ada", keeps, robot)).tokenResponse.reveal())).toBe(true);
  expect(isKept((await signInAt(client, "ada", keeps, robot)).tokenResponse.reveal())).toBe(false);
  expect(await client.refreshesAfterConsent()).toBe(true);
  expect(isKept((await signInAt(client, "ada", { ...keeps, asksConsent: true }, robot)).tokenResponse.reveal())).toBe(true);
});
