/** Text headers of a message; names are lower case. `traceparent` (W3C Trace Context) travels here. */
export type MessageHeaders = Readonly<Record<string, string>>;

export interface BusMessage {
  readonly subject: string;
  /** At most 1 MiB (the NATS default). The receiver owns a copy: changing it changes nothing elsewhere. */
  readonly payload: Uint8Array;
  readonly headers: MessageHeaders;
}

export interface DurableMessage extends BusMessage {
  readonly messageId: string;
  /** 1 at the first delivery. */
  readonly deliveries: number;
}

export interface Subscription {
  /** Takes no further message and resolves when the handlers under way have ended. Twice is safe. */
  stop(): Promise<void>;
}

export interface RequestOptions {
  readonly headers?: MessageHeaders;
  /** Milliseconds; the adapter's default is 5,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface ConsumeOptions {
  /** Names the consumer: those of one name share the work, and its place in the stream outlives a subscription. */
  readonly durable: string;
  /** One subject; `*` matches one token, a trailing `>` one or more. */
  readonly filter: string;
  /** Milliseconds after which a message that was not acknowledged is delivered again. Default 30,000. */
  readonly ackWaitMs?: number;
  /** Deliveries after which a message is given up and reported to `onGivenUp`. Default 5. */
  readonly maxDeliver?: number;
  readonly onGivenUp?: (message: DurableMessage, cause: unknown) => void;
}

/**
 * How services talk, in NATS's terms. Every adapter copies bytes, keeps headers, and promises no more than a
 * NATS 2.9 server does: at most once for publish, at least once for durable messages. Handlers run later than the call
 * that caused them and outside of its async context. What a server would refuse (a malformed subject, a header that is
 * not plain text, more than 1 MiB) rejects with AppError `bad_request`.
 * Source: NATS documentation, "Core NATS" and "JetStream".
 */
export interface Bus {
  /**
   * Asks one member of one queue group. Rejects with AppError `no_responders` at once when nobody serves the
   * subject, `timeout` after `timeoutMs`, and with the signal's reason when it is aborted.
   * A handler that throws rejects with `internal` and nothing of what it threw: typed errors travel in the codec, one
   * layer up. Core subscribers of the subject hear requests too; only responders answer them.
   */
  request(subject: string, payload: Uint8Array, options?: RequestOptions): Promise<BusMessage>;

  /** Serves a subject; of several members of a queue group exactly one gets each request. */
  respond(
    subject: string,
    queue: string,
    handler: (message: BusMessage) => Promise<{ payload: Uint8Array; headers?: MessageHeaders }>,
  ): Subscription;

  /** Core publish: at most once, to whoever listens now; never waits for a receiver. Consumers do not get it. */
  publish(subject: string, payload: Uint8Array, headers?: MessageHeaders): Promise<void>;

  /** Core subscribe; in order per publisher. With `queue`, one member of the group gets each message. */
  subscribe(subject: string, handler: (message: BusMessage) => Promise<void> | void, queue?: string): Subscription;

  /**
   * Durable publish; resolves when stored. The same `messageId` within two minutes is stored once. Core subscribers do
   * not hear it: an adapter keeps durable subjects apart, for example by a prefix of its own.
   */
  emit(subject: string, messageId: string, payload: Uint8Array, headers?: MessageHeaders): Promise<void>;

  /**
   * Durable consume from the consumer's place on, a new consumer's being the oldest message kept; resolving acknowledges,
   * rejecting asks for redelivery. A subscription handles one message at a time, in order but for redeliveries.
   * A durable name with another filter than before rejects with `conflict`.
   */
  consume(options: ConsumeOptions, handler: (message: DurableMessage) => Promise<void>): Promise<Subscription>;

  /** Stops subscriptions, lets handlers end, then disconnects: what comes later rejects with `unavailable`. Twice is safe. */
  close(): Promise<void>;
}
