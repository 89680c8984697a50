import { type IdKey, idKey, type JsonRpcId } from "../wire/json-rpc.ts";

/** What a server asked its client and was not answered yet. An answer to anything else is nothing the server waits for. */
export class Questions {
  readonly #most: number;
  readonly #open = new Map<IdKey, JsonRpcId>();

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#open.size;
  }

  /** False when too many are open. */
  ask(id: JsonRpcId): boolean {
    if (this.#open.size >= this.#most) return false;
    this.#open.set(idKey(id), id);
    return true;
  }

  /** Whether this answers an open question, which is then closed. */
  answer(id: JsonRpcId): boolean {
    return this.#open.delete(idKey(id));
  }

  takeAll(): readonly JsonRpcId[] {
    const ids = [...this.#open.values()];
    this.#open.clear();
    return ids;
  }
}
