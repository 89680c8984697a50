import { setTimeout as pause } from "node:timers/promises";
import { Sender } from "./sender.ts";

/** Somebody else, with a sign-in and a session of their own, who must not notice anything. */
export class Bystander {
  readonly #sender: Sender;
  readonly #baseUrl: string;
  readonly #stopping = new AbortController();
  #seen: { answered: number; slowestMs: number; wrong: string[] } = { answered: 0, slowestMs: 0, wrong: [] };
  #ended: Promise<void> = Promise.resolve();
  /** Asks for a document only, and calls nothing. */
  onlyHttp = false;

  private constructor(sender: Sender, baseUrl: string) {
    this.#sender = sender;
    this.#baseUrl = baseUrl;
  }

  static async start(mcpUrl: string, token: string, baseUrl: string): Promise<Bystander> {
    const sender = new Sender(mcpUrl, token, 1);
    await sender.initialize("2025-11-25");
    const bystander = new Bystander(sender, baseUrl);
    bystander.#ended = bystander.#live();
    return bystander;
  }

  begin(): void {
    this.#seen = { answered: 0, slowestMs: 0, wrong: [] };
  }

  end(): { readonly answered: number; readonly slowestMs: number; readonly wrong: readonly string[] } {
    return this.#seen;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
    this.#sender.close();
  }

  async #live(): Promise<void> {
    for (let number = 1; !this.#stopping.signal.aborted; number += 1) {
      const startedAt = performance.now();
      const wrong = await (this.onlyHttp ? this.#fetch() : this.#call(number));
      const seen = this.#seen;
      seen.answered += 1;
      seen.slowestMs = Math.max(seen.slowestMs, performance.now() - startedAt);
      if (wrong !== undefined && seen.wrong.length < 5) seen.wrong.push(wrong);
      await pause(20);
    }
  }

  async #fetch(): Promise<string | undefined> {
    const answer = await fetch(`${this.#baseUrl}/healthz`);
    await answer.arrayBuffer();
    return answer.status === 200 ? undefined : `/healthz answered ${answer.status}`;
  }

  /** Ids of the kind that those use who fuzz. */
  async #call(number: number): Promise<string | undefined> {
    const message = `mine ${number}`;
    const sent = await this.#sender.post(JSON.stringify({ jsonrpc: "2.0", id: number, method: "tools/call", params: { name: "echo", arguments: { message } } }), { accept: "application/json" });
    const right = sent.status === 200 && sent.text.startsWith(`{"jsonrpc":"2.0","id":${number},`) && sent.text.includes(message);
    return right ? undefined : `${sent.status} ${sent.failure ?? sent.text.slice(0, 300)}`;
  }
}
