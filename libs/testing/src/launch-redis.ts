import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { connect } from "node:net";
import { LaunchedProcess } from "./child-process.ts";
import { freePort } from "./free-port.ts";
import { serverFolder, serverProgram, serverUser } from "./server-program.ts";
import { waitFor } from "./wait-for.ts";

const remedy = "install it (Debian, Ubuntu: apt-get install redis-server), or name a server that runs: TEST_REDIS_URL=redis://localhost:6379/9 npm test";

/** A Redis that a test may fill, stop and start. */
export interface LaunchedRedis extends AsyncDisposable {
  /** `redis://…`, with its password. */
  readonly url: string;
  /** Goes in front of every key of this test: a server named by TEST_REDIS_URL holds others'. */
  readonly prefix: string;
  /** Ends the server, as a power cut would. Not for a server named by TEST_REDIS_URL. */
  kill(): Promise<void>;
  /** Starts it again at the same place, with what it had written down. */
  restart(): Promise<void>;
}

export interface RedisOptions {
  /** As on the server's command line, for example `["--maxmemory-policy", "allkeys-lru"]`. */
  readonly settings?: readonly string[];
}

const notOurs = (what: string) => (): Promise<void> =>
  Promise.reject(new Error(`${what} needs a redis-server of the test's own: take TEST_REDIS_URL away and install it (apt-get install redis-server)`));

/** Starts redis-server on a loopback port with a password of its own, or answers with the one that TEST_REDIS_URL names. */
export async function launchRedis({ settings = [] }: RedisOptions = {}): Promise<LaunchedRedis> {
  const prefix = `test-${randomBytes(6).toString("hex")}:`;
  const given = process.env.TEST_REDIS_URL;
  if (given !== undefined && given !== "") {
    if (settings.length > 0) await notOurs("a test with settings for the server")();
    return { url: given, prefix, kill: notOurs("killing the server"), restart: notOurs("starting the server again"), [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const program = serverProgram("redis-server", remedy);
  const folder = serverFolder("redis");
  const port = await freePort();
  const password = randomBytes(12).toString("hex");
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--requirepass", password, "--dir", folder, "--save", "", "--appendonly", "no", ...settings];
  const uid = serverUser();
  const start = async (): Promise<LaunchedProcess> => {
    const launched = new LaunchedProcess([program, ...args], { folder, environment: {}, ...(uid === undefined ? {} : { uid }) });
    await waitFor("redis-server to answer", async () => {
      if (launched.exit !== undefined) throw new Error(`redis-server ended:\n${launched.output}`);
      return answers(port);
    });
    return launched;
  };
  let running = await start();
  return {
    url: `redis://default:${password}@127.0.0.1:${port}/0`,
    prefix,
    kill: () => running.kill(),
    restart: async () => {
      await running.kill();
      running = await start();
    },
    [Symbol.asyncDispose]: async () => {
      await running.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Whether it says anything at all: that it wants the password is an answer. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    socket.setTimeout(2_000, () => socket.destroy());
    socket.once("data", (data) => {
      socket.destroy();
      resolve(!data.toString().includes("LOADING"));
    });
    socket.once("error", () => resolve(false));
    socket.once("close", () => resolve(false));
  });
}
