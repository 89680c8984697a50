import type { Clock } from "@mcp-auth-proxy/contracts";
import { writeEventId } from "../wire/event-id.ts";
import type { EventRing } from "./event-ring.ts";

export interface StreamTrackOptions {
  readonly tag: string;
  readonly stream: number;
  readonly ring: EventRing;
  readonly clock: Clock;
  /** A first event without data, so that a client can resume before anything was said; and when to come back. Since 2025-11-25. */
  readonly priming: { readonly retryMs: number } | undefined;
}

/** The numbering of one stream, which outlives the connection that carries it. */
export class StreamTrack {
  readonly #options: StreamTrackOptions;
  #last = 0;

  constructor(options: StreamTrackOptions) {
    this.#options = options;
  }

  get stream(): number {
    return this.#options.stream;
  }

  get priming(): { readonly id: string; readonly retryMs: number } | undefined {
    const { priming } = this.#options;
    return priming === undefined ? undefined : { id: this.idOf(this.#last), retryMs: priming.retryMs };
  }

  idOf(event: number): string {
    return writeEventId(this.#options.tag, { stream: this.stream, event });
  }

  /** Numbers a message and keeps it for a while, or `instead` where it is too large for that; answers its id. */
  record(message: Buffer, instead?: () => Buffer): string {
    const { ring, clock } = this.#options;
    this.#last += 1;
    ring.add({ stream: this.stream, event: this.#last }, instead === undefined || ring.fits(message) ? message : instead(), clock.now());
    return this.idOf(this.#last);
  }
}
