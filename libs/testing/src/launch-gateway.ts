import { chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { type Exit, LaunchedProcess } from "./child-process.ts";
import { freePort } from "./free-port.ts";
import { everythingServer } from "./server-commands.ts";
import { waitFor } from "./wait-for.ts";

export const repositoryRoot = resolve(import.meta.dirname, "../../..");
const entry = join(repositoryRoot, "services/standalone/src/cli.ts");
const binaries = join(repositoryRoot, "node_modules/.bin");

export interface GatewayOptions {
  readonly password?: string;
  /** The stdio server's command; the everything server unless given. */
  readonly command?: readonly string[];
  /** Flags before the command. */
  readonly flags?: readonly string[];
  /** Put over the harness's own; undefined takes a variable away. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Where the data of the gateway lies, relative to the test's own folder. */
  readonly dataPath?: string;
  /** Folder in which the gateway is started and which it serves, relative to the test's own folder. */
  readonly servedFolder?: string;
  /** Run as this user and group; only root can. */
  readonly uid?: number;
  readonly port?: number;
  /** Reached over https, which the gateway speaks itself. */
  readonly https?: boolean;
  /** Folders that were made and filled before. */
  readonly folders?: GatewayFolders;
}

/** The folders of one test, all under one temporary folder which is removed with the gateway. */
export interface GatewayFolders {
  readonly root: string;
  readonly home: string;
  readonly served: string;
  readonly data: string;
}

/** Makes the folders of one test; `uid` becomes their owner. */
export function gatewayFolders({ dataPath = "data", servedFolder = "served", uid }: GatewayOptions = {}): GatewayFolders {
  const root = mkdtempSync(join(tmpdir(), "mcp-gateway-"));
  const folders = { root, home: join(root, "home"), served: join(root, servedFolder), data: join(root, dataPath) };
  for (const folder of [folders.home, folders.served]) mkdirSync(folder, { recursive: true });
  if (uid !== undefined) for (const folder of [root, folders.home, folders.served]) chownSync(folder, uid, uid);
  return folders;
}

/** Starts the gateway's own command line in `folders` without waiting for anything. */
export function startCommandLine(args: readonly string[], folders: GatewayFolders, options: GatewayOptions = {}): LaunchedProcess {
  // Nothing is inherited: a setting of the machine must not change what is tested.
  const given: Readonly<Record<string, string | undefined>> = {
    PATH: `${binaries}:${process.env.PATH ?? "/usr/bin:/bin"}`,
    HOME: folders.home,
    LANG: "C.UTF-8",
    DATA_PATH: folders.data,
    ...options.environment,
  };
  return new LaunchedProcess([process.execPath, entry, ...args], {
    folder: folders.served,
    environment: Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
    ...(options.uid === undefined ? {} : { uid: options.uid }),
  });
}

/** A running gateway, seen from outside only. */
export class Gateway implements AsyncDisposable {
  readonly baseUrl: string;
  readonly mcpUrl: string;
  readonly password: string;
  readonly folders: GatewayFolders;
  #process: LaunchedProcess;
  readonly #start: () => LaunchedProcess;
  #earlierOutput = "";

  private constructor(baseUrl: string, password: string, folders: GatewayFolders, start: () => LaunchedProcess) {
    this.baseUrl = baseUrl;
    this.mcpUrl = `${baseUrl}/mcp`;
    this.password = password;
    this.folders = folders;
    this.#start = start;
    this.#process = start();
  }

  static async launch(options: GatewayOptions = {}): Promise<Gateway> {
    const folders = options.folders ?? gatewayFolders(options);
    const port = options.port ?? (await freePort());
    const baseUrl = `${options.https === true ? "https" : "http"}://localhost:${port}`;
    const password = options.password ?? "a long test password";
    const command = options.command ?? everythingServer;
    const environment = { EXTERNAL_URL: baseUrl, PASSWORD: password, LOG_LEVEL: "debug", LOG_FORMAT: "json", ...options.environment };
    const start = (): LaunchedProcess =>
      startCommandLine([...(options.flags ?? []), "--", ...command], folders, { ...options, environment });
    const gateway = new Gateway(baseUrl, password, folders, start);
    await gateway.#ready();
    return gateway;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Everything printed so far, over restarts too. */
  get output(): string {
    return this.#earlierOutput + this.#process.output;
  }

  get stdout(): string {
    return this.#process.stdout;
  }

  get stderr(): string {
    return this.#process.stderr;
  }

  get exit(): Exit | undefined {
    return this.#process.exit;
  }

  signal(name: NodeJS.Signals): void {
    this.#process.signal(name);
  }

  stop(name: NodeJS.Signals = "SIGTERM"): Promise<Exit> {
    return this.#process.stop(name);
  }

  /** As a power cut: nothing is flushed, nobody says goodbye. */
  kill(): Promise<void> {
    return this.#process.kill();
  }

  /** Starts again on the same data and port. */
  async restart(): Promise<void> {
    await this.#process.kill();
    this.#earlierOutput += this.#process.output;
    this.#process = this.#start();
    await this.#ready();
  }

  /** Runs another command of the command line against this gateway's data and waits for its end. */
  async run(...args: string[]): Promise<{ readonly code: number | null; readonly output: string }> {
    const launched = startCommandLine(args, this.folders, { environment: { EXTERNAL_URL: this.baseUrl } });
    const { code } = await launched.exited;
    await launched.kill();
    return { code, output: launched.output };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.kill();
    rmSync(this.folders.root, { recursive: true, force: true });
  }

  async #ready(): Promise<void> {
    try {
      await waitFor("the gateway to be ready", () => this.#answersReady(), { limitMs: 30_000 });
    } catch (cause) {
      const { output } = this.#process;
      await this[Symbol.asyncDispose]();
      throw new Error(`the gateway did not start:\n${output.slice(-4000)}`, { cause });
    }
  }

  async #answersReady(): Promise<boolean> {
    if (this.#process.exit !== undefined) throw new Error(`it ended with ${this.#process.exit.code}`);
    return (await statusOf(`${this.baseUrl}/readyz`).catch(() => undefined)) === 200;
  }
}

/** The status of a GET. Whose certificate it is does not matter here: nobody has been told of one yet. */
function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = { signal: AbortSignal.timeout(2_000), agent: false, rejectUnauthorized: false };
    const request = (url.startsWith("https:") ? https : http).get(url, options, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    request.on("error", reject);
  });
}

/** Removes what `gatewayFolders` made. */
export function removeFolders(folders: GatewayFolders): void {
  if (dirname(folders.root) === tmpdir()) rmSync(folders.root, { recursive: true, force: true });
}
