import { type IdKey, idKey, type JsonRpcId } from "../wire/json-rpc.ts";
import type { Outlet } from "./outlet.ts";

/** A request that the server has not answered. */
export interface PendingRequest {
  readonly id: JsonRpcId;
  readonly method: string;
  readonly progressToken: JsonRpcId | undefined;
  /** The response it is answered through; undefined: the answer goes to the session's own stream. A lost one is replaced. */
  outlet: Outlet | undefined;
  /** Whether the client takes an event stream; else only the answer itself can be sent. */
  readonly streamable: boolean;
  /** When it is given up, unless the server shows that it works on it. */
  deadlineAt: number;
  /** When it is given up, whatever the server says. */
  readonly latestAt: number;
  /** Opens the stream when the server is silent for long. */
  readonly timer: NodeJS.Timeout | undefined;
}

/** The requests under way in one session, by id and by progress token, oldest first. */
export class PendingRequests {
  readonly #byId = new Map<IdKey, PendingRequest>();
  readonly #byToken = new Map<IdKey, PendingRequest>();

  get size(): number {
    return this.#byId.size;
  }

  all(): readonly PendingRequest[] {
    return [...this.#byId.values()];
  }

  get(id: JsonRpcId): PendingRequest | undefined {
    return this.#byId.get(idKey(id));
  }

  ofToken(token: JsonRpcId): PendingRequest | undefined {
    return this.#byToken.get(idKey(token));
  }

  /** The newest whose client takes events and is there. */
  newestStreamable(): PendingRequest | undefined {
    return this.all().findLast(({ streamable, outlet }) => streamable && outlet?.open === true);
  }

  /** Those that are answered through the stream of this number, whether or not its client is there. */
  ofStream(stream: number): readonly PendingRequest[] {
    return this.all().filter(({ outlet }) => outlet?.track?.stream === stream);
  }

  add(pending: PendingRequest): void {
    this.#byId.set(idKey(pending.id), pending);
    if (pending.progressToken !== undefined) this.#byToken.set(idKey(pending.progressToken), pending);
  }

  has(pending: PendingRequest): boolean {
    return this.get(pending.id) === pending;
  }

  remove(pending: PendingRequest): void {
    clearTimeout(pending.timer);
    if (!this.has(pending)) return;
    this.#byId.delete(idKey(pending.id));
    const { progressToken } = pending;
    if (progressToken !== undefined && this.ofToken(progressToken) === pending) this.#byToken.delete(idKey(progressToken));
  }
}
