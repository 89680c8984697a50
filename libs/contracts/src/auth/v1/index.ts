import { Type, type Static } from "typebox";
import { command, publicEvent, query } from "../../contract.ts";
import { AnyEventEnvelope } from "../../envelope.ts";
import { FeedPosition } from "../../feed-position.ts";

const Id = Type.String({ minLength: 1, maxLength: 200 });
/** A client may be named by the URL of its metadata document. */
const ClientIdText = Type.String({ minLength: 1, maxLength: 512 });
/** EXTERNAL_URL, which has a limit of its own, and the path of a server. */
const ResourceText = Type.String({ minLength: 1, maxLength: 512 });
const EpochMs = Type.Integer({ minimum: 0 });

/** A public EC signing key (RFC 7517): `alg` is ours, never the token's. */
export const SigningJwk = Type.Object({
  kty: Type.Literal("EC"),
  crv: Type.Literal("P-256"),
  x: Type.String({ minLength: 43, maxLength: 43 }),
  y: Type.String({ minLength: 43, maxLength: 43 }),
  kid: Id,
  alg: Type.Literal("ES256"),
  use: Type.Literal("sig"),
});
export type SigningJwk = Static<typeof SigningJwk>;

/** The keys with which access tokens may be signed now, active or still overlapping (RFC 7517 section 5). */
export const jwks = query("auth", "jwks", {
  request: Type.Object({}),
  response: Type.Object({ keys: Type.Array(SigningJwk, { maxItems: 16 }) }),
});

/**
 * One thing that no longer counts, until `until` (the longest `exp` of a token it could still stop).
 * A `subject` or `client` entry stops tokens issued before `issuedBefore` only: signing in again works.
 */
export const DenyEntry = Type.Object({
  kind: Type.Union([Type.Literal("grant"), Type.Literal("subject"), Type.Literal("client")]),
  id: Id,
  issuedBefore: EpochMs,
  until: EpochMs,
});
export type DenyEntry = Static<typeof DenyEntry>;

export { FeedPosition };
export * from "./identity.ts";

/** Entries in one answer: with the longest ids they stay below the bus's 1 MiB. */
export const denylistPageSize = 2_000;

/**
 * Everything denied now, page by page: `next` is what to ask `after`, absent on the last page. `at` is the place in the
 * log before its page was read; what was denied since the first page's may be on none of them and is in the feed after it.
 */
export const denylist = query("auth", "denylist", {
  request: Type.Object({ after: Type.Optional(Id) }),
  response: Type.Object({ entries: Type.Array(DenyEntry, { maxItems: denylistPageSize }), at: FeedPosition, next: Type.Optional(Id) }),
});

/** Events in one answer: the longest there can be, so many times, stay below the bus's 1 MiB. */
export const feedPageSize = 150;

/** Public events after a place in the log, oldest first; `next` is where to go on, `end` says that nothing is left now. */
export const readFeed = query("auth", "read-feed", {
  request: Type.Object({ after: FeedPosition, limit: Type.Integer({ minimum: 1, maximum: feedPageSize }) }),
  response: Type.Object({ events: Type.Array(AnyEventEnvelope, { maxItems: feedPageSize }), next: FeedPosition, end: Type.Boolean() }),
});

/** Ends grants: one, all of a client, all of a person, or all there are. */
export const revoke = command("auth", "revoke", {
  request: Type.Object({
    commandId: Type.String({ format: "uuid" }),
    actor: Id,
    target: Type.Union([
      Type.Object({ kind: Type.Literal("grant"), id: Id }),
      Type.Object({ kind: Type.Literal("client"), id: ClientIdText }),
      Type.Object({ kind: Type.Literal("login"), id: Id }),
      Type.Object({ kind: Type.Literal("all") }),
    ]),
  }),
  response: Type.Object({ revokedGrants: Type.Integer({ minimum: 0 }) }),
  timeoutMs: 30_000,
});

/** Introduces and activates a new token signing key; the old one stays in the JWKS until its last token has expired. */
export const rotateSigningKey = command("auth", "rotate-signing-key", {
  request: Type.Object({ commandId: Type.String({ format: "uuid" }), actor: Id }),
  response: Type.Object({ kid: Id }),
});

/** Where the audit trail ends: number and hash of its last row; 0 and nothing for an empty one. */
export const AuditHead = Type.Object({ seq: Type.Integer({ minimum: 0 }), hash: Type.String({ maxLength: 64 }) });
export type AuditHead = Static<typeof AuditHead>;

/** Reads the whole audit trail and says what is wrong with it; `noted` is a head from before, which must still be in it. */
export const verifyAudit = query("auth", "verify-audit", {
  request: Type.Object({ noted: Type.Optional(AuditHead) }),
  response: Type.Object({
    rows: Type.Integer({ minimum: 0 }),
    since: Type.Optional(EpochMs),
    head: AuditHead,
    problems: Type.Array(Type.String({ maxLength: 300 }), { maxItems: 20 }),
  }),
  timeoutMs: 30_000,
});

/** The people who signed in, the newest first: at most `limit` of `total`. Without a login: the person was erased. */
export const users = query("auth", "users", {
  request: Type.Object({ limit: Type.Integer({ minimum: 1, maximum: 100 }) }),
  response: Type.Object({
    users: Type.Array(
      Type.Object({
        subjectId: Id,
        login: Type.Optional(Type.String({ maxLength: 1000 })),
        firstSeenAt: EpochMs,
        sessions: Type.Integer({ minimum: 0 }),
        grants: Type.Integer({ minimum: 0 }),
      }),
      { maxItems: 100 },
    ),
    total: Type.Integer({ minimum: 0 }),
  }),
});

export const RevocationReason = Type.Union([
  Type.Literal("operator"),
  Type.Literal("person"),
  Type.Literal("client"),
  Type.Literal("code-replayed"),
  Type.Literal("refresh-token-reused"),
]);
export type RevocationReason = Static<typeof RevocationReason>;

export const grantIssued = publicEvent(
  "auth",
  "grant-issued",
  Type.Object({ grantId: Id, subjectId: Id, clientId: ClientIdText, resource: ResourceText, scope: Type.String({ maxLength: 4_000 }) }),
);
export const grantRevoked = publicEvent(
  "auth",
  "grant-revoked",
  Type.Object({ grantId: Id, subjectId: Id, clientId: ClientIdText, reason: RevocationReason, deny: DenyEntry }),
);
export const signingKeyActivated = publicEvent("auth", "signing-key-activated", Type.Object({ kid: Id }));

/** Sent every 5 s on core NATS with the head of the log: a bridge that hears nothing for 30 s refuses every request. */
export const heartbeat = {
  owner: "auth",
  subject: "mcpauth.auth.evt.v1.heartbeat",
  body: Type.Object({ head: FeedPosition, at: EpochMs }),
} as const;
