import type { Clock } from "@mcp-auth-proxy/contracts";
import type { BridgeLimits } from "../../limits.ts";
import { errorMessage, type JsonRpcError } from "../../wire/json-rpc.ts";
import { listenMethod } from "../../wire/rev-2026-07-28/names.ts";
import { Flow } from "../flow.ts";
import { subscriptionEnd } from "./incoming.ts";
import type { ModernOutlet } from "./outlet.ts";
import { type OwnRequest, Pending, type PendingRequest } from "./pending.ts";

export interface ResponsesOptions {
  readonly limits: BridgeLimits;
  readonly clock: Clock;
  /** Stop and go on reading what the server says. */
  readonly pause: () => void;
  readonly resume: () => void;
}

/** The requests at one process, and the responses that lead back to their clients. */
export class Responses {
  readonly pending = new Pending();
  readonly #flow: Flow<ModernOutlet>;
  readonly #clock: Clock;

  constructor({ limits, clock, pause, resume }: ResponsesOptions) {
    this.#clock = clock;
    this.#flow = new Flow<ModernOutlet>(limits.stallMs, pause, resume);
  }

  /** Waits for the answer to a request; `gone` is called when its client goes away before that. */
  await(number: number, pending: PendingRequest, gone: () => void): void {
    const { outlet } = pending;
    this.pending.set(number, pending);
    outlet.watch(
      () => this.#flow.free(outlet),
      () => {
        this.#flow.free(outlet);
        // A client that closes the stream of its answer has cancelled (MCP 2026-07-28, Streamable HTTP).
        if (this.pending.delete(number)) gone();
      },
    );
  }

  tell({ outlet, streamable }: PendingRequest, message: Buffer): void {
    if (streamable && !outlet.send(message)) this.#flow.full(outlet, this.#clock.now());
  }

  finish(number: number, { outlet }: PendingRequest, message: Buffer, status = 200): void {
    this.pending.delete(number);
    if (!outlet.finish(message, status)) this.#flow.full(outlet, this.#clock.now());
  }

  /** Ends a request without an answer, whoever asked. */
  fail(number: number, pending: PendingRequest | OwnRequest, error: JsonRpcError): void {
    if (pending.kind === "client") this.finish(number, pending, errorMessage(pending.id, error));
    else if (this.pending.delete(number)) pending.settle(undefined);
  }

  /** A subscription that is over in good order. */
  endSubscription(number: number, pending: PendingRequest): void {
    if (pending.method === listenMethod) this.finish(number, pending, subscriptionEnd(pending));
  }

  /** Cuts the responses of clients that took nothing for too long. */
  cutStalled(now: number): void {
    for (const outlet of this.#flow.stalled(now)) outlet.cut();
  }
}
