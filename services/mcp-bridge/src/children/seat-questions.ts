import { type IdKey, idKey, type JsonRpcId } from "../wire/json-rpc.ts";
import type { Seat } from "./seat.ts";

/** What a shared process asked, and the one session that it asked: only who was asked may answer, because an id can be guessed. */
export class SeatQuestions {
  readonly #mostOfOne: number;
  readonly #asked = new Map<IdKey, { readonly seat: Seat; readonly id: JsonRpcId }>();
  readonly #open = new Map<Seat, number>();

  /** `mostOfOne`: how many a session may leave unanswered. */
  constructor(mostOfOne: number) {
    this.#mostOfOne = mostOfOne;
  }

  get size(): number {
    return this.#asked.size;
  }

  /** False when too many are open in this session. */
  ask(seat: Seat, id: JsonRpcId): boolean {
    const key = idKey(id);
    // Under an id that is open already the answer to the one would be taken for that to the other.
    if (this.#asked.has(key) || (this.#open.get(seat) ?? 0) >= this.#mostOfOne) return false;
    this.#asked.set(key, { seat, id });
    this.#open.set(seat, (this.#open.get(seat) ?? 0) + 1);
    return true;
  }

  /** Whether this answers an open question of this session, which is then closed. */
  answer(seat: Seat, id: JsonRpcId): boolean {
    if (this.#asked.get(idKey(id))?.seat !== seat) return false;
    this.#asked.delete(idKey(id));
    this.#open.set(seat, (this.#open.get(seat) ?? 1) - 1);
    return true;
  }

  /** Who was asked this. */
  seatOf(id: JsonRpcId): Seat | undefined {
    return this.#asked.get(idKey(id))?.seat;
  }

  /** The open questions of a session that is over. */
  takeOf(seat: Seat): readonly JsonRpcId[] {
    const taken = [...this.#asked].filter(([, asked]) => asked.seat === seat);
    for (const [key] of taken) this.#asked.delete(key);
    this.#open.delete(seat);
    return taken.map(([, { id }]) => id);
  }

  clear(): void {
    this.#asked.clear();
    this.#open.clear();
  }
}
