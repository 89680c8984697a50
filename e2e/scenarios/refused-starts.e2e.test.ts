import { createServer } from "node:http";
import { freePort, Gateway, gatewayFolders, removeFolders, signIn, smallServer, startCommandLine, waitFor } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { expectAccess } from "../support/expect-access.ts";

type Settings = Readonly<Record<string, string | undefined>>;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the command line with settings that must not do, and waits for its end. */
async function start(settings: Settings, args: readonly string[] = ["--", "true"]): Promise<Ended> {
  const folders = gatewayFolders();
  const launched = startCommandLine(args, folders, { environment: { EXTERNAL_URL: `http://localhost:${await freePort()}`, PASSWORD: "a long test password", ...settings } });
  try {
    const { code } = await launched.exited;
    return { code, stdout: launched.stdout, stderr: launched.stderr };
  } finally {
    await launched.kill();
    removeFolders(folders);
  }
}

function expectRefusal(ended: Ended, names: string, lines = 1): void {
  expect(ended.code).toBe(2);
  const said = ended.stderr.trim().split("\n");
  expect(said.filter((line) => line.includes(names)), ended.stderr).toHaveLength(1);
  expect(said, ended.stderr).toHaveLength(lines);
  expect(ended.stderr).not.toMatch(/^\s+at |Error:|node_modules/m);
}

const badValues: readonly (readonly [setting: string, value: string])[] = [
  ["ACCESS_TOKEN_TTL", "soon"],
  ["ACCESS_TOKEN_TTL", "-5"],
  ["REFRESH_REPLAY_WINDOW", "1e99"],
  ["PORT", "99999"],
  ["LOG_LEVEL", "chatty"],
  ["LOG_FORMAT", "xml"],
  ["BIND_ADDRESS", "not an address"],
  ["EXTERNAL_URL", "http://localhost:80"],
  ["EXTERNAL_URL", "http://LOCALHOST:8080"],
  ["EXTERNAL_URL", "localhost:8080"],
  ["EXTERNAL_URL", "ftp://localhost:8080"],
  ["EXTERNAL_URL", "http://localhost:8080/?x=1"],
  ["EXTERNAL_URL", "http://user:word@localhost:8080"],
  ["AUTH_ENCRYPTION_SECRET", "too short"],
  ["AUTH_ENCRYPTION_SECRET", "$(openssl rand -base64 32)"],
  ["PASSWORD_HASH", "5f4dcc3b5aa765d61d8327deb882cf99"],
  ["DATABASE_URL", "localhost:5432"],
  ["DATABASE_SCHEMA", "pg_ours"],
  ["TOKEN_STORE", "postgresql"],
  ["CACHE_STORE", "redis"],
  ["PASSWORD_FILE", "/no/such/file"],
  ["CLIENT_REGISTRATION", "perhaps"],
  ["CLIENT_REDIRECT_SCHEMES", "javascript"],
  ["GOOGLE_CLIENT_ID", "x"],
  ["GITHUB_CLIENT_ID", "x"],
  ["OIDC_ISSUER", "https://id.example"],
  ["DATABASE_URL", "mysql://localhost/x"],
];

const laterSettings = [
  ["JWT_PRIVATE_KEY", "x"],
  ["NATS_URL", "nats://localhost:4222"],
  ["TLS_EMAIL", "a@example.com"],
  ["TLS_DIRECTORY_URL", "https://ca.example/directory"],
  ["VAULT_ADDR", "https://vault.example"],
] as const;

describe("a start that is refused", () => {
  // Concurrent, because nearly all of the time goes into starting a process.
  it.concurrent.each(badValues)("%s=%s exits 2 with one line that names it", async (setting, value) => {
    const settings = setting.startsWith("PASSWORD_") ? { PASSWORD: undefined, [setting]: value } : { [setting]: value };
    expectRefusal(await start(settings), setting);
  });

  it.concurrent.each(laterSettings)("%s, which is not built yet, is refused by name", async (setting, value) => {
    expectRefusal(await start({ [setting]: value }), setting);
  });

  it("names every bad setting, one line each, and the values of none that is secret", async () => {
    const ended = await start({ PORT: "x", LOG_LEVEL: "y", AUTH_ENCRYPTION_SECRET: "canary-canary-canary" });
    for (const name of ["PORT", "LOG_LEVEL", "AUTH_ENCRYPTION_SECRET"]) expectRefusal(ended, name, 3);
    expect(ended.stderr).not.toContain("canary-canary");
  });

  it.each([
    ["an unknown flag", ["--pasword", "x", "--", "true"], "--pasword"],
    ["a flag without its value", ["--port"], "--port"],
    ["the secret under the name it had once", ["--google-secret", "x", "--", "true"], "GOOGLE_CLIENT_SECRET"],
  ])("%s is refused", async (_, args, names) => {
    const ended = await start({}, args);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(names);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
  });

  it("a port that is taken is named, with what to do", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    try {
      const ended = await start({ EXTERNAL_URL: `http://localhost:${port}` });
      expect(ended.code).not.toBe(0);
      expect(ended.stderr).toContain(String(port));
      expect(ended.stderr).toMatch(/in use|PORT/);
      expect(ended.stderr).not.toMatch(/^\s+at /m);
    } finally {
      taken.close();
    }
  });

  it("a second gateway on the same data is refused, and the first goes on", async () => {
    await using gateway = await Gateway.launch();
    const { tokens } = await signIn(gateway);
    const second = startCommandLine(["--", "true"], gateway.folders, { environment: { EXTERNAL_URL: `http://localhost:${await freePort()}`, PASSWORD: gateway.password } });
    try {
      expect((await second.exited).code).not.toBe(0);
      expect(second.stderr).toContain(gateway.folders.data);
      expect(second.stderr).not.toMatch(/^\s+at /m);
    } finally {
      await second.kill();
    }
    await expectAccess(gateway, tokens);
    await gateway.kill();
    await gateway.restart();
    await expectAccess(gateway, tokens);
  });

  it("data whose key is not there is refused, and opens again with it", async () => {
    const key = Buffer.alloc(32, 7).toString("base64");
    await using gateway = await Gateway.launch({ command: smallServer, environment: { AUTH_ENCRYPTION_SECRET: key } });
    const { tokens } = await signIn(gateway);
    await gateway.stop();
    for (const other of [undefined, Buffer.alloc(32, 8).toString("base64")]) {
      const launched = startCommandLine(["--", "true"], gateway.folders, {
        environment: { EXTERNAL_URL: gateway.baseUrl, PASSWORD: gateway.password, AUTH_ENCRYPTION_SECRET: other },
      });
      try {
        await waitFor("the start to be refused", () => launched.exit);
        expect(launched.exit?.code).toBeGreaterThan(0);
        expect(launched.stderr).toContain("AUTH_ENCRYPTION_SECRET");
        expect(launched.stderr).toContain(gateway.folders.data);
        expect(launched.stderr.trim().split("\n").filter((line) => !line.startsWith("{"))).toHaveLength(1);
        expect(launched.stderr).not.toMatch(/^\s+at |undecryptable/m);
      } finally {
        await launched.kill();
      }
    }
    await gateway.restart();
    await expectAccess(gateway, tokens);
    expect(gateway.stderr, "the tries left nothing behind").not.toMatch(/stored keys do not open|the keyring changed/);
  });
});
