import type { Sql } from "@mcp-auth-proxy/event-store";
import type { Insertable } from "kysely";
import type { Integer } from "../read-models/tables.ts";

/** A key closed with the keyring: `term` repeats the text's own prefix, so that rows of an old key are found. */
interface WrappedKey {
  readonly key_id: string;
  readonly wrapped: string;
  readonly term: string;
  readonly created_at: Integer;
}

/** Every table of wrapped keys. */
export interface WrappedKeyTables {
  readonly cx_data_keys: WrappedKey & {
    readonly purpose: string;
    readonly name: string;
    readonly generation: Integer;
  };
  /** `key_id` is the pair's `kid`. */
  readonly cx_sealing_keys: WrappedKey;
}

export interface CustodyTables extends WrappedKeyTables {
  /** Both texts are `v1.<data key id>.<Fernet token>`, of the credential's current generation. */
  readonly cx_ciphertexts: {
    readonly credential_id: string;
    readonly generation: Integer;
    readonly access_text: string;
    readonly refresh_text: string | null;
    readonly stored_at: Integer;
  };
}

export type DataKeyRow = Insertable<WrappedKeyTables["cx_data_keys"]>;
export type CustodySql = Sql<CustodyTables>;
