import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Command } from "./generator.ts";

export interface Loaded {
  /** Calls, events or sessions, all of them checked. */
  readonly done: number;
  readonly ms: number;
  /** The generator's share of its core: above 0.7 it may be what is measured. */
  readonly busy: number;
}

/** The load generator on the second core. */
export class Loader {
  readonly #process = spawn("taskset", ["-c", "1", process.execPath, fileURLToPath(new URL("generator.ts", import.meta.url))], { stdio: ["pipe", "pipe", "inherit"] });
  readonly #lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();

  async run(command: Command): Promise<Loaded> {
    this.#process.stdin.write(`${JSON.stringify(command)}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error("the load generator ended");
    const answer = JSON.parse(value);
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }

  stop(): void {
    this.#process.kill();
  }
}
