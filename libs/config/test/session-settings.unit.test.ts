import { expect, it } from "vitest";
import { loadGatewayConfig, type GatewayConfig } from "../src/index.ts";

const load = (settings: Record<string, string>) => loadGatewayConfig({ flags: [], environment: { PASSWORD: "a long password of ours", ENV_FILE: "none", ...settings }, folder: "/" });
const problemsOf = (settings: Record<string, string>): readonly string[] => {
  const loaded = load(settings);
  return loaded.ok ? [] : loaded.error;
};
const valueOf = (settings: Record<string, string>): { readonly value: GatewayConfig; readonly warnings: readonly string[] } => {
  const loaded = load(settings);
  if (!loaded.ok) throw new Error(loaded.error.join("\n"));
  return loaded.value;
};
const https = { EXTERNAL_URL: "https://mcp.example.com", TRUSTED_PROXIES: "10.0.0.1" };

it("has a strict session of an hour, and tokens in forms, unless told otherwise", () => {
  const { value } = valueOf({});
  expect(value.session).toEqual({ idleMs: 3_600_000, cookieName: "mcp_auth_session", secure: true, httpOnly: true, sameSite: "strict" });
  expect(value.csrf).toEqual({ protection: true, bytes: 32 });
});

it("takes other lengths, times and names anywhere", () => {
  const { value, warnings } = valueOf({ ...https, SESSION_TIMEOUT: "30m", SESSION_COOKIE_NAME: "team_session", CSRF_TOKEN_LENGTH: "16" });
  expect([value.session.idleMs, value.session.cookieName, value.csrf.bytes]).toEqual([1_800_000, "team_session", 16]);
  expect(warnings).toEqual([]);
});

it.each([
  ["CSRF_PROTECTION", "false"],
  ["SESSION_COOKIE_SECURE", "false"],
  ["SESSION_COOKIE_HTTPONLY", "false"],
  ["SESSION_COOKIE_SAMESITE", "Lax"],
])("refuses %s=%s where others can reach it, and warns of it on this machine", (name, text) => {
  expect(problemsOf({ ...https, [name]: text })).toEqual([expect.stringMatching(new RegExp(`^${name} is .*loopback EXTERNAL_URL only`))]);
  expect(valueOf({ [name]: text }).warnings).toEqual([expect.stringMatching(new RegExp(`^${name} is .*this machine only`))]);
});

it.each([
  ["CSRF_TOKEN_LENGTH", "15", "fewer bytes than anybody should guess"],
  ["CSRF_TOKEN_LENGTH", "4096", "more than a cookie holds"],
  ["SESSION_TIMEOUT", "59", "nobody could type a password in time"],
  ["SESSION_TIMEOUT", "13h", "longer than a session can be"],
  ["SESSION_COOKIE_NAME", "a;b", "no cookie name"],
  ["SESSION_COOKIE_NAME", "__Host-x", "the prefix is ours to add"],
  ["SESSION_COOKIE_SAMESITE", "None", "browsers take it over https only"],
  ["SESSION_COOKIE_SAMESITE", "whatever", "no such value"],
])("refuses %s=%s: %s", (name, text, _why) => {
  expect(problemsOf({ [name]: text })).toEqual([expect.stringContaining(name)]);
});
