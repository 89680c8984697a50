import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CompiledQuery } from "kysely";
import { MikroORM } from "@mikro-orm/postgresql";
import { LaunchedProcess } from "./child-process.ts";
import { freePort } from "./free-port.ts";
import { serverFolder, serverProgram, serverUser } from "./server-program.ts";
import { waitFor } from "./wait-for.ts";

const remedy =
  "install it (Debian, Ubuntu: apt-get install postgresql), or name a server that runs, with a role that may create databases: " +
  "TEST_DATABASE_URL=postgresql://user:password@localhost:5432/postgres npm test";

/** A PostgreSQL that a test may do anything with. */
export interface LaunchedPostgres extends AsyncDisposable {
  /** Of the database `postgres`, as a role that may do everything. */
  readonly url: string;
  /** Makes an empty database and answers with its URL. */
  createDatabase(): Promise<string>;
  /** Runs one statement outside of a transaction, in the database of the URL (`postgres` unless given), and answers its rows. */
  execute(statement: string, url?: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

const execute = async (url: string, statement: string): Promise<readonly Readonly<Record<string, unknown>>[]> => {
  const orm = await MikroORM.init({ clientUrl: url, entities: [], discovery: { warnWhenNoEntities: false }, pool: { min: 0, max: 1 }, logger: () => undefined });
  try {
    const { rows } = await orm.em.getKysely().executeQuery<Readonly<Record<string, unknown>>>(CompiledQuery.raw(statement));
    return rows;
  } finally {
    await orm.close(true);
  }
};

const over = (url: string, end: (made: readonly string[]) => Promise<void>): LaunchedPostgres => {
  const made: string[] = [];
  return {
    url,
    execute: (statement, where = url) => execute(where, statement),
    createDatabase: async () => {
      const name = `test_${randomBytes(8).toString("hex")}`;
      await execute(url, `create database ${name}`);
      made.push(name);
      const own = new URL(url);
      own.pathname = `/${name}`;
      return own.href;
    },
    [Symbol.asyncDispose]: () => end(made),
  };
};

/**
 * What a test server need not do: survive a power cut. Without autovacuum, which now and then holds a transaction
 * open, what was committed is in the feed at once.
 */
const settings = ["fsync=off", "full_page_writes=off", "autovacuum=off", "shared_buffers=32MB", "max_connections=200", "timezone=Pacific/Chatham", "unix_socket_directories="];

/** Starts PostgreSQL on a loopback port in a folder of its own, or answers with the one that TEST_DATABASE_URL names. */
export async function launchPostgres(): Promise<LaunchedPostgres> {
  const given = process.env.TEST_DATABASE_URL;
  if (given !== undefined && given !== "") {
    return over(given, async (made) => {
      for (const name of made) await execute(given, `drop database if exists ${name} with (force)`);
    });
  }
  const programs = { initdb: serverProgram("initdb", remedy), postgres: serverProgram("postgres", remedy) };
  const folder = serverFolder("postgres");
  const data = join(folder, "data");
  const password = randomBytes(12).toString("hex");
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, password, { mode: 0o644 });
  const uid = serverUser();
  const options = { folder, environment: { LC_ALL: "C", PATH: process.env.PATH ?? "" }, ...(uid === undefined ? {} : { uid }) };
  const initdb = new LaunchedProcess([programs.initdb, "-D", data, "-U", "postgres", "-E", "UTF8", "-N", "-A", "scram-sha-256", `--pwfile=${passwordFile}`], options);
  const { code } = await initdb.exited;
  await initdb.kill();
  if (code !== 0) throw new Error(`initdb ended with ${code}:\n${initdb.output}`);
  const port = await freePort();
  const server = new LaunchedProcess([programs.postgres, "-D", data, "-p", String(port), "-h", "127.0.0.1", ...settings.flatMap((setting) => ["-c", setting])], options);
  await waitFor("PostgreSQL to be ready", () => {
    if (server.exit !== undefined) throw new Error(`postgres ended:\n${server.output}`);
    return server.stderr.includes("ready to accept connections");
  });
  return over(`postgresql://postgres:${password}@127.0.0.1:${port}/postgres`, async () => {
    // Asks it to end at once: killed outright, it would leave its shared memory behind.
    await server.stop("SIGQUIT");
    rmSync(folder, { recursive: true, force: true });
  });
}
