import type { Seat } from "./seat.ts";

/** Which sessions want to hear of which resource, by the JSON of its URI. */
export class Subscriptions {
  readonly #byUri = new Map<string, Set<Seat>>();

  add(uri: string, seat: Seat): void {
    this.#byUri.set(uri, (this.#byUri.get(uri) ?? new Set()).add(seat));
  }

  /** Whether that was the last one. */
  remove(uri: string, seat: Seat): boolean {
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
    for (const uri of this.#byUri.keys()) this.remove(uri, seat);
  }
}
