import { existsSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { everythingServer, freePort, Gateway, gatewayFolders, McpSession, removeFolders, signIn, startCommandLine, tokensIn, waitFor, type LaunchedProcess } from "@mcp-auth-proxy/testing";
import { type LaunchedPostgres, launchPostgres, launchRedis } from "@mcp-auth-proxy/testing/servers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

// A start after a crash waits for a lease to run out.
vi.setConfig({ testTimeout: 120_000 });

const encryptionSecret = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
const password = "a password nobody else has";
let postgres: LaunchedPostgres;
let database: string;
const undo: (() => Promise<unknown> | void)[] = [];
beforeAll(async () => {
  postgres = await launchPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());
beforeEach(async () => {
  database = await postgres.createDatabase();
});
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

const environment = (url = database, more: Readonly<Record<string, string>> = {}) => ({ DATABASE_URL: url, AUTH_ENCRYPTION_SECRET: encryptionSecret, ...more });
const launchGateway = async (more: Readonly<Record<string, string>> = {}): Promise<Gateway> => {
  const gateway = await Gateway.launch({ password, environment: environment(database, more) });
  undo.push(() => gateway[Symbol.asyncDispose]());
  return gateway;
};
/** A start that is not waited for. */
const launch = (url: string, more: Readonly<Record<string, string>>): LaunchedProcess => {
  const folders = gatewayFolders();
  const started = startCommandLine(["--", ...everythingServer], folders, { environment: { PASSWORD: password, LOG_FORMAT: "json", ...environment(url, more) } });
  undo.push(() => removeFolders(folders), () => started.kill());
  return started;
};
const opens = async ({ mcpUrl }: Gateway, accessToken: string): Promise<number> => (await new McpSession(mcpUrl, accessToken).initialize()).status;
const isReady = (port: number): Promise<boolean> => fetch(`http://127.0.0.1:${port}/readyz`).then(({ status }) => status === 200, () => false);
const schemas = async (url = database) => (await postgres.execute("select nspname from pg_namespace where nspname like 'mcp%' or nspname like 'team%' order by 1", url)).map((row) => row["nspname"]);
/** What a wire would be: it can be cut, and it can be laid later. */
const wireTo = async (url: string): Promise<{ readonly url: string; lay(): void; cut(): void }> => {
  const target = new URL(url);
  const port = await freePort();
  const sockets = new Set<{ destroy(): void }>();
  let server: Server | undefined;
  const cut = (): void => {
    server?.close();
    server = undefined;
    for (const socket of sockets) socket.destroy();
  };
  undo.push(cut);
  const wire = new URL(url);
  wire.port = String(port);
  wire.hostname = "127.0.0.1";
  return {
    url: wire.href,
    cut,
    lay: () => {
      server = createServer((socket) => {
        const upstream = connect(Number(target.port === "" ? 5432 : target.port), target.hostname);
        for (const each of [socket, upstream]) {
          sockets.add(each);
          each.on("error", () => undefined);
        }
        socket.pipe(upstream).pipe(socket);
      }).listen(port, "127.0.0.1");
    },
  };
};

describe("a gateway with DATABASE_URL", () => {
  it("goes on after kill -9: tokens, grants and keys are in the database, and nothing of them in DATA_PATH", async () => {
    const gateway = await launchGateway();
    const { client, tokens } = await signIn(gateway);
    expect(await opens(gateway, tokens.accessToken)).toBe(200);
    await gateway.restart();
    expect(await opens(gateway, tokens.accessToken)).toBe(200);
    expect(tokensIn(await client.refresh(tokens.refreshToken)).accessToken).not.toBe(tokens.accessToken);
    for (const file of ["auth.db", "vault.db", "refresher.db", "encryption-secret"]) expect(existsSync(join(gateway.folders.data, file)), file).toBe(false);
    const [base] = await schemas();
    expect(String(base)).toMatch(/^mcp_localhost_\d+_[0-9a-f]{8}_auth$/);
    expect(gateway.stdout).toContain(`PostgreSQL at ${new URL(database).host}`);
    expect(gateway.output).not.toContain(new URL(database).password);
  });

  it("starts again at once after an orderly end", async () => {
    const gateway = await launchGateway();
    await gateway.stop();
    await gateway.restart();
    expect(gateway.output).not.toContain("worked on this database a moment ago");
  });

  it("keeps a second one of the same deployment from starting, and says which one is in the way", async () => {
    const gateway = await launchGateway();
    const second = launch(database, { EXTERNAL_URL: gateway.baseUrl, PORT: String(await freePort()) });
    expect((await second.exited).code).toBe(2);
    expect(second.stderr).toContain(`process ${gateway.pid}`);
    expect(second.stderr).toContain("stop it first");
    expect(gateway.exit).toBeUndefined();
  });

  it("shares a database with another deployment", async () => {
    await launchGateway();
    await launchGateway({ DATABASE_SCHEMA: "team_b" });
    const names = await schemas();
    expect(names).toHaveLength(8);
    expect(names).toEqual(expect.arrayContaining(["team_b_auth", "team_b_gateway", "team_b_refresher", "team_b_vault"]));
  });

  it("ends when another process has taken its database over", async () => {
    const gateway = await launchGateway({ DATABASE_SCHEMA: "team_a" });
    await postgres.execute("update team_a_gateway.es_leases set epoch = epoch + 1, holder = 'somebody else'", database);
    await waitFor("it to end", () => gateway.exit, { limitMs: 30_000 });
    expect(gateway.exit?.code).toBe(1);
    expect(gateway.stderr).toContain("another gateway has taken the database over");
  });

  it("ends before anybody else could begin when the database does not answer any more", async () => {
    const wire = await wireTo(database);
    wire.lay();
    const port = await freePort();
    const gateway = launch(wire.url, { PORT: String(port) });
    await waitFor("it to be ready", () => isReady(port), { limitMs: 40_000 });
    wire.cut();
    await waitFor("it to end", () => gateway.exit, { limitMs: 40_000 });
    expect(gateway.exit?.code).toBe(1);
    expect(gateway.stderr).toContain("another gateway may take it over");
    expect(gateway.output).not.toContain(new URL(database).password);
  });

  it("waits for a database that is not there yet, saying so", async () => {
    const wire = await wireTo(database);
    const port = await freePort();
    const gateway = launch(wire.url, { PORT: String(port) });
    await waitFor("it to say that it waits", () => gateway.stderr.includes("can not be reached (ECONNREFUSED): trying for another"), { limitMs: 40_000 });
    wire.lay();
    await waitFor("it to be ready", () => isReady(port), { limitMs: 40_000 });
  });
});

describe("a database that is missing", () => {
  const missing = (user?: string): string => {
    const url = new URL(database);
    url.pathname = `${url.pathname}_more`;
    if (user !== undefined) Object.assign(url, { username: user, password: "canary" });
    return url.href;
  };

  it("is made", async () => {
    const port = await freePort();
    launch(missing(), { PORT: String(port) });
    await waitFor("it to be ready", () => isReady(port), { limitMs: 40_000 });
    expect(await schemas(missing())).toHaveLength(4);
    undo.splice(0, 0, () => postgres.execute(`drop database ${new URL(missing()).pathname.slice(1)} with (force)`));
  });

  it("is asked for where the role may not, with the line that makes it", async () => {
    await postgres.execute("drop role if exists cli_guest");
    await postgres.execute("create role cli_guest login password 'canary'");
    const refused = launch(missing("cli_guest"), {});
    expect((await refused.exited).code).toBe(2);
    expect(refused.stderr).toMatch(/run: CREATE DATABASE "test_\w+_more" OWNER "cli_guest";/);
    expect(refused.output).not.toContain("canary");
  });
});

it("refuses a password that the server refuses, at once", async () => {
  const url = new URL(database);
  url.password = "wrong-canary";
  const refused = launch(url.href, {});
  expect((await refused.exited).code).toBe(2);
  expect(refused.stderr).toContain("refuses the password");
  expect(refused.output).not.toContain("wrong-canary");
});

describe("Redis", () => {
  it("keeps tokens and caches where it is asked for, without its password in the log", async () => {
    await using redis = await launchRedis();
    const gateway = await launchGateway({ REDIS_URL: redis.url, TOKEN_STORE: "redis", CACHE_STORE: "redis" });
    const { tokens } = await signIn(gateway);
    expect(await opens(gateway, tokens.accessToken)).toBe(200);
    expect(gateway.output).not.toContain(new URL(redis.url).password);
  });

  it("that would throw tokens away is refused", async () => {
    await using redis = await launchRedis({ settings: ["--maxmemory-policy", "allkeys-lru"] });
    const refused = launch(database, { REDIS_URL: redis.url, TOKEN_STORE: "redis" });
    expect((await refused.exited).code).toBe(2);
    expect(refused.stderr).toContain("noeviction");
  });
});
