import { type IdKey, idKey, type JsonRpcId } from "../wire/json-rpc.ts";
import type { Seat } from "./seat.ts";

/** What a shared process asked, and the one session that it asked: only who was asked may answer, because an id can be guessed. */
export class SeatQuestions {
  readonly #most: number;
  readonly #asked = new Map<IdKey, { readonly seat: Seat; readonly id: JsonRpcId }>();

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#asked.size;
  }

  /** False when too many are open. */
  ask(seat: Seat, id: JsonRpcId): boolean {
    if (this.#asked.size >= this.#most) return false;
    this.#asked.set(idKey(id), { seat, id });
    return true;
  }

  /** Whether this answers an open question of this session, which is then closed. */
  answer(seat: Seat, id: JsonRpcId): boolean {
    return this.#asked.get(idKey(id))?.seat === seat && this.#asked.delete(idKey(id));
  }

  /** Who was asked this. */
  seatOf(id: JsonRpcId): Seat | undefined {
    return this.#asked.get(idKey(id))?.seat;
  }

  /** The open questions of a session that is over. */
  takeOf(seat: Seat): readonly JsonRpcId[] {
    const taken = [...this.#asked].filter(([, asked]) => asked.seat === seat);
    for (const [key] of taken) this.#asked.delete(key);
    return taken.map(([, { id }]) => id);
  }

  clear(): void {
    this.#asked.clear();
  }
}
