import { type Envelope, readEnvelope } from "../wire/envelope.ts";
import { type IdKey, idKey, type JsonRpcId } from "../wire/json-rpc.ts";

/**
 * What is under way at one process: what it was asked, and what it asked, and neither was answered. Known by the bytes
 * that it got: at a process that is shared the ids in them are not those of its clients.
 */
export class Flights {
  readonly #requests = new Map<IdKey, JsonRpcId>();
  readonly #questions = new Set<IdKey>();

  /** Whether nobody waits for an answer of this process. */
  get idle(): boolean {
    return this.#requests.size === 0;
  }

  get requests(): readonly JsonRpcId[] {
    return [...this.#requests.values()];
  }

  /** Whether a message of the client is for this process, because of what is under way. */
  concerns(line: Buffer): boolean {
    const read = readEnvelope(line);
    if (!read.ok) return false;
    const envelope = read.value;
    if (envelope.kind === "response") return this.#questions.has(idKey(envelope.id));
    return envelope.kind === "notification" && envelope.cancels !== undefined && this.#requests.has(idKey(envelope.cancels));
  }

  asks(id: JsonRpcId): boolean {
    return this.#questions.has(idKey(id));
  }

  sent(line: Buffer): void {
    const read = readEnvelope(line);
    if (!read.ok) return;
    const envelope = read.value;
    if (envelope.kind === "request") this.#requests.set(idKey(envelope.id), envelope.id);
    else if (envelope.kind === "response") this.#questions.delete(idKey(envelope.id));
    // A cancelled request is not answered any more (MCP, cancellation).
    else if (envelope.method === "notifications/cancelled" && envelope.cancels !== undefined) this.#requests.delete(idKey(envelope.cancels));
  }

  heard(envelope: Envelope): void {
    if (envelope.kind === "request") this.#questions.add(idKey(envelope.id));
    else if (envelope.kind === "response") this.#requests.delete(idKey(envelope.id));
    else if (envelope.cancels !== undefined) this.#questions.delete(idKey(envelope.cancels));
  }

  clear(): void {
    this.#requests.clear();
    this.#questions.clear();
  }
}
