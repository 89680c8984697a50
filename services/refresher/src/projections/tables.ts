import type { Sql } from "@mcp-auth-proxy/event-store";

export interface DueRow {
  readonly credential_id: string;
  readonly provider: string;
  readonly status: string;
  /** When somebody has to look at it; null: nobody has to. */
  readonly due_at: number | null;
  /** The stream's state, as JSON. */
  readonly state: string;
}

interface RotationRow {
  readonly provider: string;
  readonly client_id: string;
  /** 1 once a refresh token came back changed. */
  readonly rotates: number;
}

export interface CredentialRow {
  readonly credential_id: string;
  readonly subject_id: string;
  readonly resource: string;
  readonly provider: string;
  readonly generation: number;
  readonly refreshable: number;
  readonly stored_at: number;
  readonly expires_at: number | null;
  readonly broken: number;
}

export interface AnswerRow {
  readonly attempt_id: string;
  readonly credential_id: string;
  readonly provider: string;
  readonly client_id: string;
  /** The one that was refreshed. */
  readonly generation: number;
  /** The provider's answer as it came, sealed to the vault. */
  readonly sealed: string;
  readonly received_at: number;
  readonly tries: number;
  readonly next_at: number;
}

interface ClaimRow {
  readonly credential_id: string;
  readonly epoch: number;
  /** By the database's clock; 0: given back. */
  readonly held_until: number;
  /** The attempt whose request was about to be written. */
  readonly sending_attempt: string | null;
}

interface FeedPlaceRow {
  readonly feed: string;
  readonly log_epoch: number;
  readonly position: number;
}

export interface RefresherTables {
  readonly rm_due: DueRow;
  readonly rm_rotation: RotationRow;
  readonly cx_credentials: CredentialRow;
  readonly cx_answers: AnswerRow;
  readonly tt_claims: ClaimRow;
  readonly tt_feed_places: FeedPlaceRow;
}

export type RefresherSql = Sql<RefresherTables>;
