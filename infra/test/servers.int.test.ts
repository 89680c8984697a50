import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "servers-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const module = new URL("../setup/servers.mjs", import.meta.url).href;
const debian = new URL("../setup/debian.mjs", import.meta.url).href;
const node = process.execPath;

/** Looks for the servers with nothing but `folder` on the search path. PostgreSQL is not looked for where Debian puts it. */
const look = (environment: Readonly<Record<string, string>> = {}) =>
  spawnSync(node, ["--input-type=module", "-e", `import { ensureServers } from ${JSON.stringify(module)}; await ensureServers();`], {
    encoding: "utf8",
    env: { PATH: folder, TEST_DATABASE_URL: "postgresql://somewhere/postgres", ...environment },
  });

const program = (name: string, script = "exit 0"): void => {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
};

it("is content with a server on the search path, or with a running one that was named", () => {
  expect(look({ TEST_REDIS_URL: "redis://localhost:6379" }).status).toBe(0);

  program("redis-server");
  expect(look().status).toBe(0);
});

it("fails naming what is missing and how to point at a running one", () => {
  const { status, stderr } = look();

  expect(status).not.toBe(0);
  expect(stderr).toContain("Redis is missing");
  expect(stderr).toContain("apt-get install redis-server");
  expect(stderr).toContain("TEST_REDIS_URL=redis://");
});

it("installs as root only, saying so, and again when another apt held the lock", () => {
  const log = join(folder, "calls");
  program("apt-get", `echo "$*" >> ${log}; case "$*" in *install*) [ "$(/bin/grep -c install ${log})" -gt 1 ] || exit 100; printf '#!/bin/sh' > ${folder}/redis-server; /bin/chmod 755 ${folder}/redis-server;; esac`);
  const { status, stderr } = look();
  if (process.getuid?.() !== 0) return expect(stderr).toContain("Redis is missing");

  expect(stderr).toContain("Installing from Debian's packages (once): redis-server");
  expect(status).toBe(0);
  expect(readFileSync(log, "utf8").match(/install -y/g)).toHaveLength(2);
});

it("finds PostgreSQL in the folder of its version", () => {
  const script = `import { findPostgres } from ${JSON.stringify(debian)}; console.log(findPostgres(process.argv[1]));`;
  const find = (): string => spawnSync(node, ["--input-type=module", "-e", script, folder], { encoding: "utf8", env: { PATH: "/nowhere" } }).stdout.trim();
  expect(find()).toBe("undefined");
  spawnSync("/bin/mkdir", ["-p", join(folder, "15/bin")]);
  program("15/bin/initdb");
  expect(find()).toBe(join(folder, "15/bin/initdb"));
});
