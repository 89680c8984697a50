import type { Seat } from "./seat.ts";

export interface SubscriptionLimits {
  /** Of one session, and the bytes of their names together. */
  readonly subscriptions: number;
  readonly bytes: number;
}

/** Which sessions want to hear of which resource, by the JSON of its URI, within bounds. */
export class Subscriptions {
  readonly #most: SubscriptionLimits;
  readonly #byUri = new Map<string, Set<Seat>>();
  readonly #bySeat = new Map<Seat, { readonly uris: Set<string>; bytes: number }>();

  constructor(most: SubscriptionLimits) {
    this.#most = most;
  }

  /** False when the session has too many. */
  add(uri: string, seat: Seat): boolean {
    const own = this.#bySeat.get(seat) ?? { uris: new Set(), bytes: 0 };
    if (own.uris.has(uri)) return true;
    if (own.uris.size >= this.#most.subscriptions || own.bytes + uri.length > this.#most.bytes) return false;
    own.uris.add(uri);
    own.bytes += uri.length;
    this.#bySeat.set(seat, own);
    this.#byUri.set(uri, (this.#byUri.get(uri) ?? new Set()).add(seat));
    return true;
  }

  /** Whether that was the last one. */
  remove(uri: string, seat: Seat): boolean {
    const own = this.#bySeat.get(seat);
    if (own?.uris.delete(uri) === true) own.bytes -= uri.length;
    const seats = this.#byUri.get(uri);
    seats?.delete(seat);
    if (seats !== undefined && seats.size > 0) return false;
    this.#byUri.delete(uri);
    return true;
  }

  of(uri: string): readonly Seat[] {
    return [...(this.#byUri.get(uri) ?? [])];
  }

  forget(seat: Seat): void {
    for (const uri of this.#bySeat.get(seat)?.uris ?? []) this.remove(uri, seat);
    this.#bySeat.delete(seat);
  }
}
