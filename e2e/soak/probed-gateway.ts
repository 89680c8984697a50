import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Gateway, type GatewayFolders, type GatewayOptions, gatewayFolders, waitFor } from "@mcp-auth-proxy/testing";

/** What a gateway says of itself, since it was last asked. Bytes and milliseconds; memory is measured after garbage collection. */
export interface Reading {
  readonly number: number;
  /** Longest time without a turn of the event loop: by the clock, and of processor time in this thread. */
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Turns that took more than 100 ms of processor time. */
  readonly over100: number;
  readonly rss: number;
  readonly heapUsed: number;
  readonly heapTotal: number;
  readonly external: number;
  readonly descriptors: number;
}

const probe = join(import.meta.dirname, "gateway-probe.mjs");

const restMs = 15_000;

/** A gateway with a probe inside. */
export class ProbedGateway implements AsyncDisposable {
  readonly gateway: Gateway;
  readonly #file: string;
  #readings = 0;

  private constructor(gateway: Gateway, file: string) {
    this.gateway = gateway;
    this.#file = file;
  }

  static async launch(options: GatewayOptions, folders: GatewayFolders = gatewayFolders()): Promise<ProbedGateway> {
    const file = join(folders.root, "probe.json");
    const environment = { LOG_LEVEL: "error", NODE_OPTIONS: `--import=${probe}`, PROBE_FILE: file, ...options.environment };
    return new ProbedGateway(await Gateway.launch({ ...options, folders, environment }), file);
  }

  async read(): Promise<Reading> {
    this.#readings += 1;
    process.kill(this.gateway.pid, "SIGUSR2");
    return waitFor("the probe", () => {
      const reading = existsSync(this.#file) ? (JSON.parse(readFileSync(this.#file, "utf8")) as Reading) : undefined;
      return reading !== undefined && reading.number >= this.#readings ? reading : undefined;
    });
  }

  /** A reading after a rest: V8 keeps room for what is young while there is work, and gives it back some seconds later. */
  async readAtRest(): Promise<Reading> {
    await pause(restMs);
    return this.read();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.gateway[Symbol.asyncDispose]();
  }
}

export const megabytes = (bytes: number): number => Math.round((bytes / 1_048_576) * 10) / 10;
