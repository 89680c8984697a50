import { type Dispatcher, Pool } from "undici";
import type { HttpServer } from "../config.ts";
import type { BridgeLimits } from "../limits.ts";

export interface ServerRequest {
  readonly method: "POST" | "GET" | "DELETE";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  /** For an answer that nobody waits for. */
  readonly limitMs?: number;
}

/**
 * Connections to one server behind an address. The address is the operator's and never changes with a request: nothing
 * that a client sends becomes part of it. Redirects are answers like any other: nobody follows them.
 */
export class ServerPool {
  readonly #pool: Pool;
  readonly #path: string;

  constructor({ url }: HttpServer, { exchanges, connectMs }: Pick<BridgeLimits, "exchanges" | "connectMs">) {
    const { origin, pathname, search } = new URL(url);
    this.#path = `${pathname}${search}`;
    this.#pool = new Pool(origin, {
      connections: exchanges,
      pipelining: 1,
      // A stream may say nothing for hours: who waits for how long is decided by the exchange, by the clock.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: 16_384,
      allowH2: false,
      // Spelled out, because an environment variable could turn it off.
      connect: { timeout: connectMs, rejectUnauthorized: true, minVersion: "TLSv1.2" },
    });
  }

  dispatch({ method, headers, body, limitMs = 0 }: ServerRequest, handler: Dispatcher.DispatchHandler): void {
    this.#pool.dispatch({ path: this.#path, method, headers: { ...headers }, body: body ?? null, headersTimeout: limitMs, bodyTimeout: limitMs }, handler);
  }

  /** Ends every connection at once. */
  close(): Promise<void> {
    return this.#pool.destroy();
  }
}
