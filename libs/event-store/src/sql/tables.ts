import type { ColumnType } from "kysely";

/** 64 bits: some drivers answer these as text. They stay far below 2^53. */
type Integer = ColumnType<number | string, number, number>;

interface EventColumns {
  readonly log_epoch: Integer;
  readonly event_id: string;
  readonly stream_id: string;
  readonly stream_version: Integer;
  readonly type: string;
  readonly schema: Integer;
  readonly at: Integer;
  readonly data: string;
  readonly meta: string;
}

/** The store's own tables, the same in every dialect. JSON is text; times are epoch ms; ids are text. */
export interface LogTables {
  readonly es_events: EventColumns & { readonly position: ColumnType<number | string, never, never> };
  /** Events of streams that have ended, as they were. The log is both tables, in the order of positions. */
  readonly es_archive: EventColumns & { readonly position: Integer };
  readonly es_snapshots: {
    readonly stream_id: string;
    readonly stream_version: Integer;
    /** The event at that version: a snapshot of a log that was lost fits no event of the one that is there. */
    readonly event_id: string;
    readonly decider: string;
    readonly state: string;
    readonly checksum: string;
  };
  readonly es_commands: {
    readonly command_id: string;
    readonly name: string;
    /** Absent when the command answered with nothing. */
    readonly outcome: string | null;
    readonly at: Integer;
    readonly expires_at: Integer;
  };
  readonly es_checkpoints: {
    readonly name: string;
    readonly log_epoch: Integer;
    readonly position: Integer;
    readonly at: Integer;
  };
  readonly es_leases: { readonly name: string; readonly holder: string; readonly epoch: Integer; readonly held_until: Integer };
  readonly es_meta: { readonly key: string; readonly value: string };
}
