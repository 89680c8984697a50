import type { StoreMigration } from "@mcp-auth-proxy/event-store";

/**
 * Times are epoch milliseconds; a `…_fingerprint` is keyed with the pepper, that of a cookie (csrf, binding) with the form key.
 * docs/storage-schema.md tells what each table is for.
 */
export const tables: StoreMigration = {
  name: "001-tables",
  up: [
    `create table rm_grants (
      grant_id text primary key, subject_id text not null, client_id text not null, resource text not null, scope text not null,
      status text not null, generation integer not null, refresh_expires_at bigint not null, access_tokens_end_at bigint not null, issued_at bigint not null)`,
    `create index rm_grants_by_client on rm_grants (client_id, status)`,
    `create index rm_grants_by_subject on rm_grants (subject_id, status)`,
    `create table rm_denied (grant_id text primary key, issued_before bigint not null, denied_until bigint not null)`,
    `create index rm_denied_by_end on rm_denied (denied_until)`,
    `create table rm_clients (client_id text primary key, status text not null, facts text not null)`,
    `create table rm_signing_keys (
      kid text primary key, x text not null, y text not null, status text not null, activated_at bigint not null, published_until bigint not null)`,
    `create table cx_auth_secrets (
      name text not null, generation integer not null, ciphertext text not null, created_at bigint not null, primary key (name, generation))`,
    `create table cx_subjects (subject_id text primary key, login_fingerprint text not null unique, login_ciphertext text not null, created_at bigint not null)`,
    `create table cx_subject_keys (subject_id text primary key, wrapped_key text not null)`,
    `create table cx_refresh_links (token_fingerprint text primary key, grant_id text not null, sealed text not null, expires_at bigint not null)`,
    `create index cx_refresh_links_by_end on cx_refresh_links (expires_at)`,
    `create table tt_authorizations (
      id_fingerprint text primary key, address_fingerprint text not null, csrf_fingerprint text not null, sealed_request text not null,
      binding_fingerprint text, consented_at bigint, created_at bigint not null, expires_at bigint not null)`,
    `create index tt_authorizations_by_address on tt_authorizations (address_fingerprint)`,
    `create index tt_authorizations_by_end on tt_authorizations (expires_at)`,
    `create table tt_registrations (
      client_id text primary key, address_fingerprint text not null, metadata text not null, issued_at bigint not null, expires_at bigint not null)`,
    `create index tt_registrations_by_address on tt_registrations (address_fingerprint)`,
    `create index tt_registrations_by_end on tt_registrations (expires_at)`,
    `create table tt_lockouts (key_fingerprint text primary key, failures integer not null, locked_until bigint not null, expires_at bigint not null)`,
    `create index tt_lockouts_by_end on tt_lockouts (expires_at)`,
  ],
};
