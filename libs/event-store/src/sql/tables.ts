import type { Generated } from "kysely";

/** The store's own tables, the same in every dialect. JSON is text; times are epoch ms; ids are text. */
export interface LogTables {
  readonly es_events: {
    readonly position: Generated<number>;
    readonly log_epoch: number;
    readonly event_id: string;
    readonly stream_id: string;
    readonly stream_version: number;
    readonly type: string;
    readonly schema: number;
    readonly at: number;
    readonly data: string;
    readonly meta: string;
  };
  readonly es_commands: {
    readonly command_id: string;
    readonly name: string;
    /** Absent when the command answered with nothing. */
    readonly outcome: string | null;
    readonly at: number;
    readonly expires_at: number;
  };
  readonly es_checkpoints: {
    readonly name: string;
    readonly log_epoch: number;
    readonly position: number;
    readonly at: number;
  };
  readonly es_meta: { readonly key: string; readonly value: string };
}
