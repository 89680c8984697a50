import type { Envelope } from "../wire/envelope.ts";
import { type IdKey, idKey, type JsonRpcId } from "../wire/json-rpc.ts";
import { memberOf } from "../wire/members.ts";

export interface RehearsalLimits {
  readonly settings: number;
  readonly bytes: number;
}

interface Said {
  readonly bytes: Buffer;
  readonly envelope: Envelope;
}

/**
 * What a client has told its server that the server must know to go on: the `initialize` exchange, the log level, what
 * is subscribed to. Told again, byte for byte, to a new process, it makes a session of it that looks the same.
 */
export class Rehearsal {
  readonly #most: RehearsalLimits;
  readonly #settings = new Map<string, Said>();
  #initialize: { readonly said: Said; readonly id: JsonRpcId } | undefined;
  #initialized: Said | undefined;
  #result: Buffer | undefined;
  #complete = true;

  constructor(most: RehearsalLimits) {
    this.#most = most;
  }

  /** Whether a session has come about, and can be made again. */
  get possible(): boolean {
    return this.#complete && this.#result !== undefined;
  }

  get initialize(): Said | undefined {
    return this.#initialize?.said;
  }

  /** What follows the answer to `initialize`. Each request among it is answered before anything else is sent. */
  get rest(): readonly Said[] {
    return [...(this.#initialized === undefined ? [] : [this.#initialized]), ...this.#settings.values()];
  }

  /** Of everything that a new process has to answer. */
  get requestIds(): readonly IdKey[] {
    const said = [...(this.#initialize === undefined ? [] : [this.#initialize.said]), ...this.#settings.values()];
    return said.flatMap(({ envelope }) => (envelope.kind === "request" ? [idKey(envelope.id)] : []));
  }

  /** Takes note of what a client says, where it matters. */
  note(envelope: Envelope, bytes: Buffer): void {
    if (envelope.kind === "response" || !this.#complete) return;
    const say = (): Said => ({ envelope, bytes: Buffer.from(bytes) });
    switch (envelope.method) {
      case "initialize":
        if (envelope.kind === "request") this.#initialize ??= { said: say(), id: envelope.id };
        return;
      case "notifications/initialized":
        this.#initialized ??= say();
        return;
      case "logging/setLevel":
        this.#settings.set("level", say());
        this.#giveUpIfTooMuch();
        return;
      case "resources/subscribe":
        this.#settings.set(`uri ${uriIn(bytes)}`, say());
        this.#giveUpIfTooMuch();
        return;
      case "resources/unsubscribe":
        this.#settings.delete(`uri ${uriIn(bytes)}`);
        return;
      default:
    }
  }

  isInitializeAnswer(id: JsonRpcId): boolean {
    return this.#initialize !== undefined && idKey(this.#initialize.id) === idKey(id);
  }

  /** Takes note of how the server introduced itself. */
  introduced(answer: Buffer): void {
    this.#result ??= memberOf(answer, "result");
  }

  /** Whether the server introduces itself as before: with another version of it nothing that was agreed on counts. */
  isSame(answer: Buffer): boolean {
    const result = memberOf(answer, "result");
    return this.#result !== undefined && result !== undefined && this.#result.equals(result);
  }

  /** Only a whole rehearsal is of use, and a client could fill our memory with it. */
  #giveUpIfTooMuch(): void {
    let bytes = 0;
    for (const said of this.#settings.values()) bytes += said.bytes.length;
    if (this.#settings.size <= this.#most.settings && bytes <= this.#most.bytes) return;
    this.#complete = false;
    this.#settings.clear();
  }
}

const uriIn = (bytes: Buffer): string => {
  const params = memberOf(bytes, "params");
  const uri = params === undefined ? undefined : memberOf(params, "uri");
  return uri?.toString("utf8") ?? "";
};
