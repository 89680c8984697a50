import type { Secret } from "@mcp-auth-proxy/crypto";
import type { ClientAuthentication, ClientKeySource } from "./domain/client.ts";
import type { UpstreamClientCredentials, UpstreamProvider } from "./upstream/upstream-provider.ts";
import type { AccessRule } from "./validate/access-rules.ts";
import type { PkcePolicy } from "./validate/pkce.ts";
import type { ScopeCatalogue } from "./validate/scope-catalogue.ts";

/** The account that a server needs: its person's tokens of this provider are kept for it, and for no other server. */
export interface NeededConnection {
  /** `id` of one of `AuthConfig.providers`. */
  readonly provider: string;
  /** All that is asked for the server, beyond what names the person. Never merged with another server's. */
  readonly scopes: readonly string[];
  /** `oauth_client`: a client of the server's own at the provider, in place of the provider's. */
  readonly client?: UpstreamClientCredentials;
}

/** One MCP server as auth sees it: an audience and a name. The transport half never comes here. */
export interface ProtectedResource {
  readonly name: string;
  /** The canonical resource, `<base>/mcp` or `<base>/<name>/mcp`: the `aud` of its tokens. */
  readonly resource: string;
  /** Below the issuer's own path. */
  readonly path: string;
  readonly displayName: string;
  /** What there is beyond the baseline scope; none unless given. */
  readonly scopes?: ScopeCatalogue;
  /** None: it needs no account of its people. */
  readonly connection?: NeededConnection;
  /** Who of those who may sign in may use it; all of them unless given. The shared password's owner always may. */
  readonly allowedUsers?: readonly AccessRule[];
}

/** `hash` is an argon2id string in PHC form or a bcrypt string. */
export interface OwnerPassword {
  readonly kind: "plain" | "hash";
  readonly value: Secret<string>;
}

/** Bounds on what strangers can make us keep and do. Counts, and milliseconds where the name ends in Ms. */
export interface AuthLimits {
  /** Sign-ins under way: from authorization request to code. */
  readonly pendingPerAddress: number;
  readonly pendingInAll: number;
  readonly pendingTtlMs: number;
  /** A visit at a provider: from our redirect to its callback. */
  readonly upstreamTtlMs: number;
  /** Clients that registered and never completed an authorization. */
  readonly registrationsPerAddress: number;
  readonly registrationsInAll: number;
  readonly registrationTtlMs: number;
  /** Passwords tried from one address, right ones included, in a window. */
  readonly signInsPerAddress: number;
  readonly signInWindowMs: number;
  /** Wrong passwords in a row from one address, and for the login from everywhere, before it is locked. */
  readonly failuresPerAddress: number;
  readonly failuresPerLogin: number;
  readonly lockMs: number;
  /** Passwords checked at the same time, and waiting for their turn: a check is slow on purpose. */
  readonly passwordChecksAtOnce: number;
  readonly passwordChecksWaiting: number;
  /** How long after its last event a stream that has ended is moved to the archive. */
  readonly archiveAfterMs: number;
}

/** Generous where many people share an address (an office, an edge proxy): the lockout is what stops guessing. */
export const defaultAuthLimits: AuthLimits = {
  pendingPerAddress: 200,
  pendingInAll: 10_000,
  // Longer than a lock: who waits as the page says can go on.
  pendingTtlMs: 1_200_000,
  upstreamTtlMs: 600_000,
  registrationsPerAddress: 200,
  registrationsInAll: 5_000,
  registrationTtlMs: 86_400_000,
  signInsPerAddress: 300,
  signInWindowMs: 60_000,
  failuresPerAddress: 5,
  failuresPerLogin: 100,
  lockMs: 900_000,
  passwordChecksAtOnce: 2,
  passwordChecksWaiting: 100,
  archiveAfterMs: 90 * 86_400_000,
};

/** The session that a sign-in starts in a browser. */
export interface SessionConfig {
  /** SESSION_TIMEOUT: it ends when it was not used for so long. */
  readonly idleMs: number;
  /** It ends then, however much it is used. */
  readonly absoluteMs: number;
  /** As it is sent: the name with its `__Host-` where that applies. */
  readonly cookie: {
    readonly name: string;
    readonly secure: boolean;
    readonly httpOnly: boolean;
    readonly sameSite: "strict" | "lax" | "none";
  };
}

/** Tokens in our forms. `bytes` of randomness are in the cookie that they are derived from. */
export interface CsrfConfig {
  readonly protection: boolean;
  readonly bytes: number;
}

/** Twelve hours: a working day, and no sign-in that lasts over the weekend. */
const sessionEndMs = 43_200_000;

/** What SESSION_* and CSRF_* are when nobody sets them. */
export const defaultSession = (secure: boolean): SessionConfig => ({
  idleMs: 3_600_000,
  absoluteMs: sessionEndMs,
  cookie: { name: `${secure ? "__Host-" : ""}mcp_auth_session`, secure, httpOnly: true, sameSite: "strict" },
});
export const defaultCsrf: CsrfConfig = { protection: true, bytes: 32 };

/** How a client of the operator's proves who it is. `secretHash` is SHA-256 as base64url of a secret that can not be guessed. */
export type ConfiguredAuthentication =
  | { readonly method: "client_secret_basic" | "client_secret_post"; readonly secretHash: string }
  | Extract<ClientAuthentication, { method: "private_key_jwt" }>;

/** A client that the operator registered (MCP "pre-registered"). It is in the configuration only, never on the log. */
export interface ConfiguredClient {
  readonly clientId: string;
  readonly clientName?: string;
  /** Empty for a service client, which nobody signs in through. */
  readonly redirectUris: readonly string[];
  readonly grantTypes: readonly string[];
  /** Space separated: the most it may get. */
  readonly scope: string;
  /** Absent: a public client. */
  readonly authentication?: ConfiguredAuthentication;
  /** May introspect every access token, not only its own (RFC 7662 section 4). */
  readonly resourceServer: boolean;
}

/** An issuer whose word on who somebody is counts, in place of a sign-in here (ID-JAG). */
export interface TrustedIssuer {
  /** Byte for byte the `iss` of what it signs. */
  readonly issuer: string;
  readonly keys: ClientKeySource;
  /** The resources that it may open; all unless given. */
  readonly resources?: readonly string[];
  /** Needed of an issuer that signs for many organisations: the `tenant` that is ours. */
  readonly tenant?: string;
}

/** What auth is told at start. Nothing in it is taken from a request. */
export interface AuthConfig {
  /** EXTERNAL_URL: no trailing slash, and byte for byte what metadata, tokens and `iss` parameters say. */
  readonly issuer: string;
  /** May be others while it runs: read anew for each request, and never kept. The scopes of all of them together stay. */
  readonly resources: readonly ProtectedResource[];
  /** Absent: people sign in through providers only. */
  readonly password?: OwnerPassword;
  /** In the order of the sign-in page. */
  readonly providers: readonly UpstreamProvider[];
  /** A single provider without a password is gone to at once; false (NO_PROVIDER_AUTO_SELECT) shows the page all the same. */
  readonly providerAutoSelect: boolean;
  /** ALLOWED_USERS and ALLOWED_DOMAINS: who may sign in through any provider. See `UpstreamProvider.allowed`. */
  readonly allowed: readonly AccessRule[];
  readonly accessTokenTtlMs: number;
  /** Idle time: each rotation starts it anew. */
  readonly refreshTokenTtlMs: number;
  readonly authorizationCodeTtlMs: number;
  readonly refreshReplayWindowMs: number;
  readonly clientRegistration: boolean;
  /** CLIENT_ID_METADATA: an https URL as `client_id` names a document that describes the client. */
  readonly clientIdMetadata: boolean;
  /** Known without registering. */
  readonly clients: readonly ConfiguredClient[];
  readonly idJagIssuers: readonly TrustedIssuer[];
  readonly clientRedirectSchemes: readonly string[];
  readonly pkce: PkcePolicy;
  /** `__Host-` and Secure; false only for an http loopback issuer. */
  readonly secureCookies: boolean;
  readonly session: SessionConfig;
  readonly csrf: CsrfConfig;
  readonly limits: AuthLimits;
}
