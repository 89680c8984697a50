import type { Seat } from "./seat.ts";

/** A request at a shared process, with the names that its client gave it. */
export interface SeatedRequest {
  readonly seat: Seat;
  /** As JSON, byte for byte: `1`, `1.0` and `"1"` are the client's to tell apart. */
  readonly id: Buffer;
  readonly progressToken: Buffer | undefined;
}

/** The requests under way at a shared process, under numbers of our own. */
export class SeatedRequests {
  readonly #requests = new Map<number, SeatedRequest>();
  #last = 0;

  add(request: SeatedRequest): number {
    this.#last += 1;
    this.#requests.set(this.#last, request);
    return this.#last;
  }

  get(id: unknown): SeatedRequest | undefined {
    return typeof id === "number" ? this.#requests.get(id) : undefined;
  }

  remove(id: number): void {
    this.#requests.delete(id);
  }

  /** The number of a request that a client names. */
  find(seat: Seat, id: Buffer): number | undefined {
    for (const [number, request] of this.#requests) if (request.seat === seat && request.id.equals(id)) return number;
    return undefined;
  }

  of(seat: Seat): readonly number[] {
    return [...this.#requests].flatMap(([number, request]) => (request.seat === seat ? [number] : []));
  }

  /** Who has something under way. */
  get seats(): ReadonlySet<Seat> {
    return new Set([...this.#requests.values()].map(({ seat }) => seat));
  }

  get size(): number {
    return this.#requests.size;
  }

  clear(): void {
    this.#requests.clear();
  }
}
