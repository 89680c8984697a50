import type { vaultV1 } from "@mcp-auth-proxy/contracts";
import type { Sql } from "@mcp-auth-proxy/event-store";
import type { ColumnType } from "kysely";

/** 64 bits: some drivers answer these as text. They stay far below 2^53. */
export type Integer = ColumnType<number | string, number, number>;

export interface CredentialTables {
  readonly rm_credentials: {
    readonly credential_id: string;
    readonly subject_id: string;
    readonly resource: string;
    readonly provider: string;
    readonly generation: Integer;
    readonly scope: string;
    /** 1 or 0. */
    readonly refreshable: Integer;
    readonly stored_at: Integer;
    /** When the person connected; refreshes leave it. */
    readonly connected_at: Integer;
    readonly expires_at: ColumnType<number | string | null, number | null, number | null>;
    readonly broken_because: vaultV1.BreakReason | null;
  };
}

export type CredentialSql = Sql<CredentialTables>;
