import type { EventMeta } from "@mcp-auth-proxy/contracts";
import type { Kysely } from "kysely";

/** An event as a decider makes it: a type, the version of its shape, and facts (no secrets, no personal data). */
export interface DomainEvent {
  readonly type: string;
  readonly data: object;
}

/** An event as the log holds it. */
export interface StoredEvent<Event extends DomainEvent = DomainEvent> {
  /** Grows along the log of this store; only meaningful together with `logEpoch`. */
  readonly position: number;
  readonly logEpoch: number;
  readonly id: string;
  readonly streamId: string;
  /** 1 for the first event of a stream. */
  readonly streamVersion: number;
  readonly type: Event["type"];
  readonly schema: number;
  readonly at: number;
  readonly data: Event["data"];
  readonly meta: EventMeta;
}

/** A place in the log. A reader whose `logEpoch` is not the store's starts anew from position 0. */
export interface FeedPosition {
  readonly logEpoch: number;
  readonly position: number;
}

export interface FeedPage {
  readonly events: readonly StoredEvent[];
  /** The place after the last event looked at. */
  readonly next: FeedPosition;
  /** True when nothing is left to read now. */
  readonly end: boolean;
}

// oxlint-disable-next-line typescript/no-explicit-any -- each service narrows this to its own tables
export type Sql<Tables = any> = Kysely<Tables>;

/** A stream's state after one of its events, kept so that a long stream need not be read from its start. Never trusted over the log. */
export interface Snapshot {
  readonly version: number;
  /** Of the event at that version: where the log has another there, the snapshot is of no use. */
  readonly eventId: string;
  /** Which rules made the state. */
  readonly decider: string;
  readonly state: unknown;
}

/** One database transaction: events and the service's own rows change together or not at all. */
export interface Transaction {
  /** The service's own tables (`rm_`, `cx_`, `tt_`), inside this transaction. */
  readonly sql: Sql;
  /** The clock that everyone who works on this database shares, epoch ms: the one that leases run by. */
  databaseTime(): Promise<number>;
  /** A stream's events from a version on (1 unless given), oldest first; empty when there are none. */
  read(streamId: string, fromVersion?: number): Promise<readonly StoredEvent[]>;
  /** Undefined when there is none, or it was damaged. */
  readSnapshot(streamId: string): Promise<Snapshot | undefined>;
  /** Takes the place of the stream's last one. */
  writeSnapshot(streamId: string, snapshot: Snapshot): Promise<void>;
  /**
   * Appends after `expectedVersion` (0 for a new stream). Rejects with AppError `conflict` when the stream has moved.
   * Inline read models are updated before it resolves.
   */
  append(
    streamId: string,
    expectedVersion: number,
    events: readonly DomainEvent[],
    context: { readonly meta: EventMeta; readonly at: number },
  ): Promise<readonly StoredEvent[]>;
}

/**
 * A service's log and tables. The implementer's duties: (stream, version) is unique; transactions run one after the other,
 * whichever process runs them, so that positions are in the order of commits and the feed never skips an event; one that
 * rejects leaves nothing; what was committed survives kill -9; an event whose type or schema this code does not know is
 * refused, never half read.
 */
export interface EventStore {
  readonly logEpoch: number;
  /** Whether other processes may work on this database at the same time. */
  readonly shared: boolean;
  /** For reads outside of a transaction. Writing through it is a mistake. */
  readonly sql: Sql;
  /** Runs `work` in one transaction. Never await anything slow in it: everything else waits. */
  transact<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  readFeed(after: FeedPosition, limit: number): Promise<FeedPage>;
  /** The place after the last committed event. */
  head(): Promise<FeedPosition>;
  /** Called after each commit that appended; returns the way to stop it. */
  onCommitted(listener: () => void): () => void;
  /** Drops every snapshot and the rows of every inline read model, and fills these again from the log, in one transaction. */
  rebuild(): Promise<void>;
  close(): Promise<void>;
}

/** A read model kept inside the transaction that appends. Its tables start with `rm_` and hold nothing else. */
export interface InlineProjection {
  readonly name: string;
  readonly tables: readonly string[];
  apply(event: StoredEvent, sql: Sql): Promise<void>;
}
