import { join } from "node:path";
import { expect, it } from "vitest";
import { loadGatewayConfig } from "../src/load.ts";

const folder = "/nowhere";
const given = (environment: Record<string, string>) => ({ flags: [], environment: { ENV_FILE: "none", ...environment }, folder });
const load = (environment: Record<string, string>) => {
  const loaded = loadGatewayConfig(given({ PASSWORD: "a long enough one", ...environment }));
  return loaded.ok ? { config: loaded.value.value, problems: [] } : { config: undefined, problems: loaded.error };
};

it("takes a provider in place of a password, and says who it lets in", () => {
  const provider = { GOOGLE_CLIENT_ID: "g", GOOGLE_CLIENT_SECRET: "s" };
  const loaded = loadGatewayConfig(given(provider));
  expect(loaded).toMatchObject({ ok: true, value: { value: { providers: [{ id: "google" }], providerAutoSelect: true }, warnings: [expect.stringContaining("everyone with an account at google may sign in")] } });
  expect(loaded.ok && loaded.value.value.password).toBeUndefined();

  const open = load({ ...provider, EXTERNAL_URL: "https://mcp.example.com" });
  expect(open.problems).toEqual([expect.stringContaining("sign-in with google is open to everyone")]);
  expect(load({ ...provider, EXTERNAL_URL: "https://mcp.example.com", ALLOWED_USERS: "*@example.com" }).config?.access.allowedUsers).toEqual(["*@example.com"]);
});

it("reads when provider tokens are refreshed, and what goes to a server behind a URL", () => {
  const { config } = load({ TOKEN_REFRESH_THRESHOLD: "600", TOKEN_REFRESH_RETRY_DELAY: "5", PROXY_HEADERS: "X-Team: core, X-Key: k 1", PROXY_BEARER_TOKEN: "t0ken", HEADER_MAPPING: "/sub:X-User" });
  expect(config?.refresh).toEqual({ thresholdMs: 600_000, maxRetries: 3, retryDelayMs: 5_000 });
  expect(config?.upstream.headers.map(({ name, value }) => [name, value.reveal()])).toEqual([["X-Team", "core"], ["X-Key", "k 1"]]);
  expect(config?.upstream).toMatchObject({ headerMapping: [{ claim: "/sub", header: "X-User" }], streamingOnly: false });
  expect(JSON.stringify(config)).not.toContain("t0ken");
  for (const wrong of ["X-Team", "X Team: a", "X-Team: a\r\nX: b"]) expect(load({ PROXY_HEADERS: wrong }).problems).toHaveLength(1);
  expect(load({ HEADER_MAPPING: "/password:X-Password" }).problems).toEqual([expect.stringContaining("it takes pairs such as /email:X-Forwarded-Email")]);
});

it("reads the file of servers by its absolute path, and never serves it", () => {
  const { config } = load({ MCP_SERVERS_CONFIG: "servers.json" });
  expect(config).toMatchObject({ serversFile: join(folder, "servers.json"), settingsFiles: [{ setting: "MCP_SERVERS_CONFIG", path: join(folder, "servers.json") }] });
  expect(load({ MCP_SERVERS_CONFIG: "servers.json", GOOGLE_CLIENT_ID: "g", GOOGLE_CLIENT_SECRET: "s", INJECT: "params" }).problems).toEqual([expect.stringContaining("INJECT is for one server")]);
});
