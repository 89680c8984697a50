import type { Sql } from "@mcp-auth-proxy/event-store";

interface GrantRow {
  readonly grant_id: string;
  readonly subject_id: string;
  readonly client_id: string;
  readonly resource: string;
  readonly scope: string;
  readonly status: "active" | "revoked";
  /** 0 where the grant has no refresh token. */
  readonly generation: number;
  readonly refresh_expires_at: number;
  readonly access_tokens_end_at: number;
  readonly issued_at: number;
}

interface DeniedRow {
  readonly grant_id: string;
  readonly issued_before: number;
  readonly denied_until: number;
}

interface ClientRow {
  readonly client_id: string;
  readonly status: "active" | "disabled";
  readonly facts: string;
}

interface SigningKeyRow {
  readonly kid: string;
  readonly x: string;
  readonly y: string;
  readonly status: "introduced" | "active" | "retired";
  readonly activated_at: number;
  /** 0 until the key is retired. */
  readonly published_until: number;
}

interface AuthSecretRow {
  readonly name: string;
  readonly generation: number;
  readonly ciphertext: string;
  readonly created_at: number;
}

interface SubjectRow {
  readonly subject_id: string;
  readonly login_fingerprint: string;
  readonly login_ciphertext: string;
  /** Null for people from before there were providers. */
  readonly name_fingerprint: string | null;
  readonly facts_ciphertext: string | null;
  readonly created_at: number;
}

interface SubjectKeyRow {
  readonly subject_id: string;
  readonly wrapped_key: string;
}

interface RefreshLinkRow {
  readonly token_fingerprint: string;
  readonly grant_id: string;
  readonly sealed: string;
  readonly expires_at: number;
}

interface PendingAuthorizationRow {
  readonly id_fingerprint: string;
  readonly address_fingerprint: string;
  readonly csrf_fingerprint: string;
  readonly sealed_request: string;
  readonly binding_fingerprint: string | null;
  readonly consented_at: number | null;
  readonly created_at: number;
  readonly expires_at: number;
}

interface UpstreamVisitRow {
  readonly state_fingerprint: string;
  readonly binding_fingerprint: string;
  readonly address_fingerprint: string;
  readonly sealed_visit: string;
  readonly created_at: number;
  readonly expires_at: number;
}

interface RegistrationRow {
  readonly client_id: string;
  readonly address_fingerprint: string;
  readonly metadata: string;
  readonly issued_at: number;
  readonly expires_at: number;
}

interface LockoutRow {
  readonly key_fingerprint: string;
  readonly failures: number;
  /** 0 while not locked. */
  readonly locked_until: number;
  readonly expires_at: number;
}

interface SessionRow {
  readonly id_fingerprint: string;
  readonly session_id: string;
  readonly subject_id: string;
  readonly browser: string;
  readonly started_at: number;
  readonly last_seen_at: number;
  /** The absolute end; `expires_at` is the earlier of it and the idle time's. */
  readonly ends_at: number;
  readonly expires_at: number;
}

interface UsedAssertionRow {
  readonly id_fingerprint: string;
  readonly expires_at: number;
}

interface OpenCodeRow {
  readonly authorization_id: string;
  readonly subject_id: string;
  readonly client_id: string;
  readonly resource: string;
  readonly expires_at: number;
}

interface ConsentRow {
  readonly subject_id: string;
  readonly client_id: string;
  readonly resource: string;
  readonly redirect_uri_fingerprint: string;
  readonly facts_hash: string;
  readonly scope: string;
  readonly consented_at: number;
  readonly expires_at: number;
}

interface GrantUseRow {
  readonly grant_id: string;
  readonly last_used_at: number;
}

interface ActivityRow {
  readonly event_id: string;
  readonly subject_id: string;
  readonly at: number;
  readonly kind: string;
  readonly client_id: string | null;
  /** A provider's id, or a resource. */
  readonly about: string | null;
}

interface KnownBrowserRow {
  readonly cookie_fingerprint: string;
  readonly expires_at: number;
}

/** Auth's own tables, for typed queries. Kept in step with `migrations/`. */
export interface AuthTables {
  readonly rm_grants: GrantRow;
  readonly rm_denied: DeniedRow;
  readonly rm_clients: ClientRow;
  readonly rm_signing_keys: SigningKeyRow;
  readonly cx_auth_secrets: AuthSecretRow;
  readonly cx_subjects: SubjectRow;
  readonly cx_subject_keys: SubjectKeyRow;
  readonly cx_refresh_links: RefreshLinkRow;
  readonly tt_authorizations: PendingAuthorizationRow;
  readonly tt_upstream_visits: UpstreamVisitRow;
  readonly tt_registrations: RegistrationRow;
  readonly tt_lockouts: LockoutRow;
  readonly tt_used_assertions: UsedAssertionRow;
  readonly tt_sessions: SessionRow;
  readonly tt_known_browsers: KnownBrowserRow;
  readonly tt_open_codes: OpenCodeRow;
  readonly rm_grant_use: GrantUseRow;
  readonly rm_activity: ActivityRow;
  readonly cx_consents: ConsentRow;
}

export type AuthSql = Sql<AuthTables>;
