import type { Sql } from "@mcp-auth-proxy/event-store";

/** A key closed with the keyring: `term` repeats the text's own prefix, so that rows of an old key are found. */
interface WrappedKey {
  readonly key_id: string;
  readonly wrapped: string;
  readonly term: string;
  readonly created_at: number;
}

export interface CustodyTables {
  readonly cx_data_keys: WrappedKey & {
    readonly purpose: string;
    readonly name: string;
    readonly generation: number;
  };
  /** `key_id` is the pair's `kid`. */
  readonly cx_sealing_keys: WrappedKey;
}

export type CustodySql = Sql<CustodyTables>;
