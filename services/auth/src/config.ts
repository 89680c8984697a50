import type { Secret } from "@mcp-auth-proxy/crypto";
import type { PkcePolicy } from "./validate/pkce.ts";

/** One MCP server as auth sees it: an audience and a name. The transport half never comes here. */
export interface ProtectedResource {
  readonly name: string;
  /** The canonical resource, `<base>/mcp` or `<base>/<name>/mcp`: the `aud` of its tokens. */
  readonly resource: string;
  /** Below the issuer's own path. */
  readonly path: string;
  readonly displayName: string;
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
}

/** Generous where many people share an address (an office, an edge proxy): the lockout is what stops guessing. */
export const defaultAuthLimits: AuthLimits = {
  pendingPerAddress: 200,
  pendingInAll: 10_000,
  pendingTtlMs: 600_000,
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
};

/** What auth is told at start. Nothing in it is taken from a request. */
export interface AuthConfig {
  /** EXTERNAL_URL: no trailing slash, and byte for byte what metadata, tokens and `iss` parameters say. */
  readonly issuer: string;
  readonly resources: readonly ProtectedResource[];
  readonly password: OwnerPassword;
  readonly accessTokenTtlMs: number;
  /** Idle time: each rotation starts it anew. */
  readonly refreshTokenTtlMs: number;
  readonly authorizationCodeTtlMs: number;
  readonly refreshReplayWindowMs: number;
  readonly clientRegistration: boolean;
  readonly clientRedirectSchemes: readonly string[];
  readonly pkce: PkcePolicy;
  /** `__Host-` and Secure; false only for an http loopback issuer. */
  readonly secureCookies: boolean;
  readonly limits: AuthLimits;
}
