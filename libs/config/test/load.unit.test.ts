import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadGatewayConfig, loadGatewayLocation } from "../src/load.ts";
import { parseCommandLine } from "../src/command-line.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "config-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const given = (environment: Record<string, string> = {}, argv: readonly string[] = []) => {
  const line = parseCommandLine([...argv, "--", "server"]);
  if (!line.ok || line.value.kind !== "serve") throw new Error("the command line of this test is wrong");
  return { flags: line.value.flags, environment, folder };
};

const load = (environment: Record<string, string> = {}, argv: readonly string[] = []) => {
  const loaded = loadGatewayConfig(given({ PASSWORD: "a long enough one", ...environment }, argv));
  return loaded.ok
    ? { config: loaded.value.value, warnings: loaded.value.warnings, problems: [] }
    : { config: undefined, warnings: [], problems: loaded.error };
};

const key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

it("needs no more than a password", () => {
  const { config, warnings } = load();

  expect(warnings).toEqual([]);
  expect(config).toMatchObject({
    externalUrl: { base: "http://localhost:8080", loopback: true },
    listen: { host: "127.0.0.1", port: 8080 },
    storage: { tokenStore: "sqlite", cacheStore: "memory", deployment: "mcp_localhost_8080_a76d8c3e" },
    tokens: { accessTokenTtlMs: 3_600_000, refreshTokenTtlMs: 2_592_000_000, authorizationCodeTtlMs: 60_000, refreshReplayWindowMs: 60_000 },
    clients: { registration: true, idMetadata: true, redirectSchemes: ["cursor", "vscode", "vscode-insiders"] },
    pkce: { required: true, methods: ["S256"] },
    corsOrigins: [],
    trustedProxies: [],
    log: { level: "info" },
    settingsFiles: [],
  });
});

it("refuses a start that nobody could sign in to", () => {
  const loaded = loadGatewayConfig(given());

  expect(loaded).toMatchObject({ ok: false, error: [expect.stringContaining("PASSWORD is not set")] });
});

it("lets a flag beat the environment, and the environment the file", () => {
  write(".env", "ACCESS_TOKEN_TTL=1\nREFRESH_TOKEN_TTL=10\nAUTHORIZATION_CODE_TTL=20\n");

  const { config } = load({ ACCESS_TOKEN_TTL: "2", REFRESH_TOKEN_TTL: "11" }, ["--access-token-ttl", "3"]);

  expect(config?.tokens).toMatchObject({ accessTokenTtlMs: 3_000, refreshTokenTtlMs: 11_000, authorizationCodeTtlMs: 20_000 });
});

it("takes an empty variable for none, as compose files pass them", () => {
  expect(load({ PORT: "", TLS: "", DATABASE_URL: "", PASSWORD_FILE: "" }).problems).toEqual([]);
});

it("refuses an empty flag", () => {
  expect(load({}, ["--port="]).problems).toEqual([`--port is "": it takes a port number from 1 to 65535`]);
});

it("names the setting, what it got and what it takes, all at once", () => {
  write(".env", "LOG_LEVEL=loud\n");

  expect(load({ ACCESS_TOKEN_TTL: "soon" }, ["--port", "http"]).problems).toEqual([
    `--port is "http": it takes a port number from 1 to 65535`,
    `ACCESS_TOKEN_TTL is "soon": it takes seconds, or a number with s, m, h or d, from 1 s to 1 d`,
    `LOG_LEVEL (in ${join(folder, ".env")}) is "loud": it takes debug or info or warn or error`,
  ]);
});

it("shows a value on one line, and not all of it", () => {
  const [line = ""] = load({ PORT: `1\n${"x".repeat(500)}` }).problems;

  expect(line).not.toContain("\n");
  expect(line.length).toBeLessThan(150);
});

it("reads a secret from the file that NAME_FILE names, less its last line end", () => {
  write("password", " pass word \n");

  const loaded = loadGatewayConfig(given({ PASSWORD_FILE: "password" }));

  expect(loaded.ok && loaded.value.value.password?.value.reveal()).toBe(" pass word ");
  expect(loaded.ok && loaded.value.value.settingsFiles).toEqual([{ setting: "PASSWORD_FILE", path: join(folder, "password") }]);
});

it.each([
  ["both in one place", { PASSWORD: "a", PASSWORD_FILE: "password" }, [], "PASSWORD and PASSWORD_FILE are both given: keep one"],
  ["password and hash", { PASSWORD: "a", PASSWORD_HASH: "$2b$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234" }, [], "PASSWORD and PASSWORD_HASH are both given: keep one"],
  ["two names of one setting", { TOKEN_STORE: "sqlite", AUTH_TOKEN_STORE: "memory" }, [], "TOKEN_STORE and AUTH_TOKEN_STORE are both given: keep one"],
  ["LISTEN and PORT", { LISTEN: ":8080", PORT: "9090" }, [], "LISTEN and PORT say different things: keep one"],
  ["LISTEN and BIND_ADDRESS", { LISTEN: "127.0.0.1:8080", BIND_ADDRESS: "::1" }, [], "LISTEN and BIND_ADDRESS say different things: keep one"],
])("refuses a contradiction: %s", (_, environment, argv, sentence) => {
  write("password", "b");

  expect(load(environment, argv).problems).toEqual([sentence]);
});

it("refuses a secret file that is missing or empty, and says nothing of a missing password then", () => {
  write("empty", "\n");

  expect(loadGatewayConfig(given({ PASSWORD_FILE: "empty" }))).toEqual({ ok: false, error: ["PASSWORD_FILE names an empty file"] });
  expect(loadGatewayConfig(given({ PASSWORD_FILE: "nowhere" }))).toEqual({ ok: false, error: [`PASSWORD_FILE names "nowhere", which can not be read (ENOENT)`] });
});

it("refuses a line for a shell, whichever place it comes from", () => {
  write(".env", "AUTH_ENCRYPTION_SECRET=$(openssl rand -base64 32)\n");

  expect(load({ EXTERNAL_URL: " $(hostname)" }).problems.filter((line) => line.includes(`starts with "$("`))).toHaveLength(2);
});

it("takes Fernet keys, several, and never shows one that does not fit", () => {
  expect(load({ AUTH_ENCRYPTION_SECRET: key }).config?.encryptionSecret?.reveal()).toBe(key);

  const { problems } = load({ AUTH_ENCRYPTION_SECRET: `${key},s3cret` });

  expect(problems.join()).toContain("AUTH_ENCRYPTION_SECRET does not fit");
  expect(problems.join()).not.toContain("s3cret");
});

it("refuses a password hash that is none, without showing it", () => {
  const loaded = loadGatewayConfig(given({ PASSWORD_HASH: "s3cret" }));

  expect(loaded).toMatchObject({ ok: false, error: [expect.stringMatching(/^PASSWORD_HASH does not fit: it takes an argon2id or bcrypt hash$/)] });
});

it("warns of a secret on the command line", () => {
  const loaded = loadGatewayConfig(given({}, ["--password", "a long enough one"]));

  expect(loaded.ok && loaded.value.warnings).toEqual([expect.stringContaining("--password is seen by everyone who lists the processes")]);
});

it("warns of a name that is one slip away, in the environment or the file", () => {
  write(".env", "DATA_PTAH=/x\n");

  expect(load({ EXTERNAL_URI: "https://x" }).warnings).toEqual([
    "EXTERNAL_URI is not a setting and has no effect; did you mean EXTERNAL_URL?",
    "DATA_PTAH is not a setting and has no effect; did you mean DATA_PATH?",
  ]);
});

it("counts a .env as loaded only when it says something of ours", () => {
  const path = write(".env", "NODE_ENV=x\n");
  expect(load().config?.settingsFiles).toEqual([]);

  write(".env", "LOG_LEVEL=debug\n");
  expect(load().config?.settingsFiles).toEqual([{ setting: ".env", path }]);
  // Beaten by the environment it still lies there.
  expect(load({ LOG_LEVEL: "info" }).config?.settingsFiles).toEqual([{ setting: ".env", path }]);
});

it("reads another file where ENV_FILE names one, and none where it says so", () => {
  write(".env", "LOG_LEVEL=debug\n");
  write("other.env", "LOG_LEVEL=warn\n");

  expect(load({ ENV_FILE: "other.env" }).config?.log.level).toBe("warn");
  expect(load({}, ["--env-file", "none"]).config).toMatchObject({ log: { level: "info" }, settingsFiles: [] });
  expect(load({ ENV_FILE: "nowhere" }).problems.join()).toContain("can not be read (ENOENT)");
});

it("takes no folder for a .env", () => {
  mkdirSync(join(folder, ".env"));

  expect(load().problems).toEqual([]);
});

it.each([
  ["TLS_EMAIL", "a@b.c", "is for certificates from Let's Encrypt"],
  ["TLS_DIRECTORY_URL", "https://x", "is for certificates from Let's Encrypt"],
  ["NATS_URL", "nats://h", "is for a cluster of several processes"],
  ["VAULT_ADDR", "https://x", "reads secrets from HashiCorp Vault"],
  ["JWT_PRIVATE_KEY", "pem", "brings a signing key"],
])("refuses %s=%s of a later version by name", (name, text, sentence) => {
  expect(load({ [name]: text }).problems).toEqual([expect.stringContaining(`${name} ${sentence}`)]);
});

it.each([
  ["METRICS_ENABLED", "true"],
  ["OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"],
  ["VAULT_TOKEN", "x"],
  ["JWT_SECRET", "x"],
])("warns of %s=%s, which has no effect", (name, text) => {
  const { problems, warnings } = load({ [name]: text });

  expect(problems).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining(name)]);
});

it("takes values that ask for what happens anyway", () => {
  const { problems, warnings } = load({
    TLS: "false", CSRF_PROTECTION: "true", CSRF_TOKEN_LENGTH: "32", SESSION_TIMEOUT: "3600", SESSION_COOKIE_NAME: "mcp_auth_session", SESSION_COOKIE_SECURE: "true",
    SESSION_COOKIE_HTTPONLY: "true", SESSION_COOKIE_SAMESITE: "Strict", CACHE_STORE: "memory", CACHE_TTL: "300", METRICS_ENABLED: "false", METRICS_PORT: "9090",
    METRICS_PATH: "/metrics", PKCE_ENABLED: "true", PKCE_CHALLENGE_METHOD: "S256", TOKEN_REFRESH_THRESHOLD: "300", TOKEN_STORE: "sqlite",
    GITHUB_API_URL: "https://api.github.com",
  });

  expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
});

it.each([
  [{ EXTERNAL_URL: "http://localhost:9000" }, { host: "127.0.0.1", port: 9000 }, "http://localhost:9000"],
  [{ EXTERNAL_URL: "http://[::1]:9000" }, { host: "::1", port: 9000 }, "http://[::1]:9000"],
  [{ EXTERNAL_URL: "https://mcp.example.com/a/" }, { host: "0.0.0.0", port: 8080 }, "https://mcp.example.com/a"],
  [{ EXTERNAL_URL: "https://mcp.example.com:8443", PORT: "9000", BIND_ADDRESS: "127.0.0.1" }, { host: "127.0.0.1", port: 9000 }, "https://mcp.example.com:8443"],
  [{ PORT: "9000" }, { host: "127.0.0.1", port: 9000 }, "http://localhost:9000"],
  [{ PORT: "80" }, { host: "127.0.0.1", port: 80 }, "http://localhost"],
  [{ LISTEN: "[::1]:9000" }, { host: "::1", port: 9000 }, "http://localhost:9000"],
])("derives where to listen from %j", (environment, listen, base) => {
  expect(load(environment).config).toMatchObject({ listen, externalUrl: { base } });
});

it.each([
  [{ EXTERNAL_URL: "http://mcp.example.com" }, "tokens and passwords would cross the network in clear"],
  [{ EXTERNAL_URL: "http://192.168.1.10:8080" }, "tokens and passwords would cross the network in clear"],
  [{ EXTERNAL_URL: "http://192.168.1.10:8080" }, "TLS_ACCEPT_TOS makes a certificate"],
  [{ EXTERNAL_URL: "https://localhost:8080", TLS: "false" }, "is where the gateway itself listens"],
  [{ BIND_ADDRESS: "0.0.0.0" }, "the gateway would listen on 0.0.0.0, for the whole network"],
  [{ LISTEN: "192.168.1.10:8080" }, "the gateway would listen on 192.168.1.10"],
  [{ EXTERNAL_URL: "https://mcp.example.com", PKCE_ENABLED: "false" }, "PKCE_ENABLED is false"],
  [{ EXTERNAL_URL: "https://mcp.example.com", PKCE_CHALLENGE_METHOD: "plain" }, "PKCE_CHALLENGE_METHOD is plain"],
  [{ TRUSTED_PROXIES: "0.0.0.0/0" }, "TRUSTED_PROXIES trusts every address"],
  [{ EXTERNAL_URL: "https://mcp.example.com:443" }, "the default port is not written"],
])("refuses %j as unsafe", (environment, sentence) => {
  expect(load(environment).problems.join("\n")).toContain(sentence);
});

it.each([
  [{ EXTERNAL_URL: "https://mcp.example.com", PASSWORD: "changeme", TRUSTED_PROXIES: "10.0.0.1" }, "PASSWORD is one that can be guessed"],
  [{ EXTERNAL_URL: "https://mcp.example.com" }, "TRUSTED_PROXIES is not set"],
  [{ PKCE_ENABLED: "false" }, "PKCE is weakened"],
  [{ ALLOWED_USERS: "jedi" }, "whoever knows PASSWORD gets in"],
  [{ ALLOWED_DOMAINS: "example.com" }, "whoever knows PASSWORD gets in"],
  [{ EXTERNAL_URL: "http://localhost:9000", PORT: "8080" }, "EXTERNAL_URL names port 9000 and the gateway listens on 8080"],
  [{ EXTERNAL_URL: "https://mcp.example.com/mcp", TRUSTED_PROXIES: "10.0.0.1" }, "EXTERNAL_URL ends with /mcp"],
  [{ TOKEN_STORE: "memory" }, "TOKEN_STORE is memory"],
])("warns of %j as weak", (environment, sentence) => {
  const { problems, warnings } = load(environment);

  expect(problems).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining(sentence)]);
});

it("resolves DATA_PATH from the caller's folder, and ~ from the home folder", () => {
  expect(load({ DATA_PATH: "data" }).config?.dataPath).toBe(join(folder, "data"));
  expect(load({ DATA_PATH: "~/data" }).config?.dataPath).toMatch(/^\/.*[^~]\/data$/);
});

it("finds a running gateway without a password, and without judging its other settings", () => {
  const found = loadGatewayLocation(given({ EXTERNAL_URL: "http://localhost:9000", DATABASE_URL: "x" }));

  expect(found).toMatchObject({ ok: true, value: { value: { externalUrl: { base: "http://localhost:9000" } } } });
});

it("names the file of clients by its whole path", () => {
  const { config } = load({ CLIENTS_CONFIG: "clients.json" });

  expect(config?.clients).toEqual({ registration: true, idMetadata: true, redirectSchemes: ["cursor", "vscode", "vscode-insiders"], configFile: join(folder, "clients.json") });
  expect(load({}, ["--clients-config", "/etc/clients.json"]).config?.clients.configFile).toBe("/etc/clients.json");
});

it("says that no new client can sign in, where nothing makes one known", () => {
  const sentence = "CLIENT_REGISTRATION and CLIENT_ID_METADATA are off: only clients of CLIENTS_CONFIG, and those that registered before, can sign in";

  expect(load({ CLIENT_ID_METADATA: "off" })).toMatchObject({ config: { clients: { idMetadata: false } }, warnings: [] });
  expect(load({ CLIENT_REGISTRATION: "off" }).warnings).toEqual([]);
  expect(load({ CLIENT_REGISTRATION: "off", CLIENT_ID_METADATA: "off" }).warnings).toEqual([sentence]);
});

it("reads how the processes of the server are kept and how clients are answered", () => {
  expect(load().config?.server).toEqual({ transport: "http" });
  expect(load({ STATELESS: "true" }, ["--isolation", "shared", "--transport", "sse"]).config?.server).toEqual({ isolation: "shared", memory: "stateless", transport: "sse" });
  expect(load({ STATEFUL: "true" }).config?.server).toEqual({ memory: "stateful", transport: "http" });
  expect(load({ STATEFUL: "true", STATELESS: "true" }).problems).toEqual(["STATELESS and STATEFUL are both true: a server is one or the other"]);
  expect(load({ ISOLATION: "none" }).problems).toHaveLength(1);
});
