import { createServer } from "node:http";
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { everythingServer, freePort, gatewayFolders, removeFolders, startCommandLine, waitFor, type GatewayFolders, type LaunchedProcess } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, expect, it } from "vitest";

let folders: GatewayFolders;
let port = 0;
const launched: LaunchedProcess[] = [];
beforeEach(async () => {
  folders = gatewayFolders();
  port = await freePort();
});
afterEach(async () => {
  for (const each of launched.splice(0)) await each.kill();
  removeFolders(folders);
});

const password = "a password nobody else has";
const launch = (args: readonly string[], environment: Readonly<Record<string, string>> = {}): LaunchedProcess => {
  const started = startCommandLine(args, folders, { environment: { PORT: String(port), ...environment } });
  launched.push(started);
  return started;
};
const run = async (args: readonly string[], environment: Readonly<Record<string, string>> = {}) => {
  const started = launch(args, environment);
  const { code } = await started.exited;
  return { code, stdout: started.stdout, stderr: started.stderr };
};
const serve = (environment: Readonly<Record<string, string>> = {}, args: readonly string[] = []): LaunchedProcess =>
  launch([...args, "--", ...everythingServer], { PASSWORD: password, ...environment });
const ready = async (gateway: LaunchedProcess): Promise<LaunchedProcess> => {
  await waitFor("the banner", () => (gateway.exit === undefined ? gateway.stdout.includes("is ready") : Promise.reject(new Error(gateway.output))), { limitMs: 30_000 });
  return gateway;
};
const hasStack = (text: string): boolean => /^\s+at .+:\d+/m.test(text) || text.includes('"stack"');

it("teaches with --help, and says its version", async () => {
  const help = await run(["--help"]);

  expect(help).toMatchObject({ code: 0, stderr: "" });
  expect(help.stdout).toContain("mcp-auth-proxy --password changeme -- npx -y @modelcontextprotocol/server-filesystem .");
  expect(await run(["--version"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^mcp-auth-proxy \d+\.\d+\.\d+\n$/) });
});

it("refuses what it can not do with exit code 2, one line each, and makes nothing", async () => {
  const refused = await run(["--tls", "--external-url", "http://mcp.example.com", "--log-level", "loud", "server"], { PASSWORD: password });

  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr.trimEnd().split("\n")).toEqual([
    expect.stringMatching(/^mcp-auth-proxy: --tls asks for TLS, and EXTERNAL_URL is http:\/\/mcp\.example\.com: set EXTERNAL_URL=https:/),
    expect.stringMatching(/^mcp-auth-proxy: --log-level is "loud": it takes /),
    expect.stringMatching(/^mcp-auth-proxy: EXTERNAL_URL is http:\/\/mcp\.example\.com: /),
  ]);
  expect(readdirSync(folders.root)).not.toContain("data");
});

it("prints the banner on stdout and the log on stderr, serves, and ends in order at SIGTERM", async () => {
  const gateway = await ready(serve({ LOG_FORMAT: "json" }));

  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
  expect(gateway.stdout).toContain(`claude mcp add --transport http everything http://localhost:${port}/mcp`);
  expect(gateway.stdout).not.toContain('"level"');
  expect(gateway.stderr.trimEnd().split("\n").every((line) => line.startsWith("{"))).toBe(true);
  expect(gateway.output).not.toContain(password);
  expect(await gateway.stop("SIGTERM")).toEqual({ code: 0, signal: null });
  expect(readdirSync(folders.data).sort()).toEqual(["auth.db", "encryption-secret", "lock", "refresher.db", "vault.db"]);
});

it("leaves nothing in the data directory that others could open", async () => {
  await ready(serve());

  const open = readdirSync(folders.data).filter((name) => (statSync(join(folders.data, name)).mode & 0o077) !== 0);

  expect(readdirSync(folders.data)).toContain("operator.sock");
  expect(open).toEqual([]);
  expect(statSync(folders.data).mode & 0o777).toBe(0o700);
});

it("lets one process at a time use the data, and says which one does", async () => {
  const first = await ready(serve());

  const second = await run(["--port", String(await freePort()), "--", ...everythingServer], { PASSWORD: password });

  expect(second).toMatchObject({ code: 1, stdout: "" });
  expect(second.stderr).toContain(`DATA_PATH ${folders.data} is in use by process ${first.pid}`);
  expect(hasStack(second.stderr)).toBe(false);
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
});

it("starts again after kill -9: neither lock nor socket of the dead are in the way", async () => {
  const first = await ready(serve());
  await first.kill();

  const second = await ready(serve());

  expect(await run(["revoke", "--all"])).toEqual({ code: 0, stdout: "0 grants ended\n", stderr: "" });
  expect((await second.stop()).code).toBe(0);
});

it("says in one line that the port is taken, and lets go of the data", async () => {
  const other = createServer().listen(port, "127.0.0.1");
  try {
    const refused = await run(["--log-level", "info", "--", ...everythingServer], { PASSWORD: password, LOG_LEVEL: "error" });

    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr.split("\n").filter((line) => line.startsWith("mcp-auth-proxy:"))).toEqual([
      `mcp-auth-proxy: something else listens on 127.0.0.1:${port} already: stop it, or choose another PORT`,
    ]);
    expect(hasStack(refused.stderr)).toBe(false);
    expect(hasStack((await run(["--", ...everythingServer], { PASSWORD: password, LOG_LEVEL: "debug" })).stderr)).toBe(true);
  } finally {
    other.close();
  }
});

it("refuses to serve its own keys or a loaded .env, and makes nothing", async () => {
  mkdirSync(join(folders.served, "inside"));

  const inside = await run(["--", "server", "."], { PASSWORD: password, DATA_PATH: join(folders.served, "data") });
  expect(inside).toMatchObject({ code: 2, stdout: "" });
  expect(inside.stderr).toMatch(/overlaps with what the MCP server may show .* Set DATA_PATH=\//);
  expect(readdirSync(folders.served)).toEqual(["inside"]);

  writeFileSync(join(folders.served, ".env"), `PASSWORD=${password}\n`);
  const loaded = await run(["--", "server", join(folders.served, "inside")]);
  expect(loaded.code).toBe(2);
  expect(loaded.stderr).toMatch(/\.env lies inside of what the MCP server may show/);
});

it("reads settings from a file elsewhere, and a flag beats it", async () => {
  writeFileSync(join(folders.home, "settings"), `PASSWORD=${password}\nPORT=1\nLOG_FORMAT=text\n`);

  const gateway = await ready(launch(["--env-file", join(folders.home, "settings"), "--port", String(port), "--", ...everythingServer]));

  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  expect(gateway.stderr).not.toContain("{");
});

it("has the running gateway carry out an operator's commands", async () => {
  const gateway = await ready(serve());

  expect(await run(["keys", "rotate"])).toEqual({ code: 0, stdout: expect.stringMatching(/^tokens are signed with the new key [\w-]+\nAUTH_ENCRYPTION_SECRET: its first key \(/), stderr: "" });
  expect(await run(["revoke", "--user", "owner"])).toMatchObject({ code: 0, stdout: "0 grants ended\n" });
  expect(await run(["revoke", "--grant", "unknown"])).toMatchObject({ stdout: expect.not.stringContaining("1 grant") });
  expect(await run(["revoke"])).toMatchObject({ code: 2, stderr: expect.stringContaining("revoke takes one of") });
  await gateway.stop();
  expect(await run(["revoke", "--all"])).toMatchObject({ code: 1, stderr: expect.stringContaining(`no gateway runs with DATA_PATH ${folders.data}`) });
});

it("changes the operator's key while it runs, as often as asked, and starts again without the former one", async () => {
  const gateway = await ready(serve());
  const file = join(folders.data, "encryption-secret");
  const [former, next] = [readFileSync(file, "utf8").trim(), randomBytes(32).toString("base64")];

  writeFileSync(file, `${next}\n`);
  expect(await run(["keys", "rotate"])).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("nothing was changed: AUTH_ENCRYPTION_SECRET") });
  writeFileSync(file, "no key\n");
  expect(await run(["keys", "rotate"])).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("nothing was changed: AUTH_ENCRYPTION_SECRET") });
  writeFileSync(file, `${next},${former}\n`);
  expect(await run(["keys", "rotate"])).toMatchObject({ code: 0, stdout: expect.stringContaining("every key behind the first may be taken out") });
  writeFileSync(file, `${next}\n`);
  expect(await run(["keys", "rotate"])).toMatchObject({ code: 0, stdout: expect.stringContaining("0 keys moved under it") });

  await gateway.stop();
  await ready(serve());
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
});

it("keeps nothing where the store is memory", async () => {
  const gateway = await ready(serve({ TOKEN_STORE: "memory" }));

  expect(gateway.stdout).toContain("in memory");
  await gateway.stop();
  expect(readdirSync(folders.data).filter((name) => name.endsWith(".db"))).toEqual([]);
});

it("ends at once when asked twice", async () => {
  const gateway = await ready(serve());
  // A request that never ends its headers holds the orderly end up.
  const { connect } = await import("node:net");
  const slow = connect(port, "127.0.0.1");
  await new Promise((resolve) => slow.write("GET / HTTP/1.1\r\nHost: x\r\n", resolve));
  slow.on("error", () => undefined);

  gateway.signal("SIGINT");
  await waitFor("the stop to begin", () => gateway.stderr.includes("the gateway stops"));
  const exit = await waitFor("the end", () => {
    gateway.signal("SIGINT");
    return gateway.exit;
  }, { everyMs: 100 });

  slow.destroy();
  expect(exit).toEqual({ code: 130, signal: null });
});
