import { setting } from "../setting.ts";
import { cookieName, duration, onOff, oneOf, path, privateSchemes, text, wholeNumber } from "../value-kinds.ts";

const second = 1_000;
const day = 86_400_000;

/** Who gets in, and what they are given. */
export const signInSettings = {
  password: setting(text, {
    name: "PASSWORD",
    fallback: "–",
    isSecret: true,
    doc: "The one shared password of the login `owner`. Wrong ones are slowed down and locked out. Either this or PASSWORD_HASH is needed.",
  }),
  passwordHash: setting(
    { ...text, takes: "an argon2id or bcrypt hash" },
    {
      name: "PASSWORD_HASH",
      fallback: "–",
      isSecret: true,
      hasFlag: false,
      doc: "The same as a hash: argon2id (`$argon2id$…`) or bcrypt (`$2b$…`). In `.env`, put it in single quotes.",
    },
  ),
  encryptionSecret: setting(
    { ...text, takes: "32 bytes in base64, as `openssl rand -base64 32` prints them (several: comma separated, the first encrypts)" },
    {
      name: "AUTH_ENCRYPTION_SECRET",
      fallback: "made at the first start and kept in DATA_PATH",
      isSecret: true,
      hasFlag: false,
      doc: "The Fernet key(s) that close everything secret at rest: 32 bytes in base64 or base64url, comma separated; the first encrypts, all decrypt.",
    },
  ),
  accessTokenTtl: setting(duration(second, day), { name: "ACCESS_TOKEN_TTL", fallback: "3600 s", doc: "Life of an access token (a signed JWT)." }),
  refreshTokenTtl: setting(duration(second, 3650 * day), {
    name: "REFRESH_TOKEN_TTL",
    fallback: "30 d",
    doc: "Life of a refresh token that is not used; each use starts it anew.",
  }),
  authorizationCodeTtl: setting(duration(second, 600 * second), {
    name: "AUTHORIZATION_CODE_TTL",
    fallback: "60 s",
    doc: "Time to redeem an authorization code, once.",
  }),
  refreshReplayWindow: setting(duration(0, 600 * second), {
    name: "REFRESH_REPLAY_WINDOW",
    fallback: "60 s",
    doc: "How long the same client may repeat a refresh token that was rotated, and gets the identical answer. Later, a repeat ends the grant.",
  }),
  clientRegistration: setting(onOff, { name: "CLIENT_REGISTRATION", fallback: "on", doc: "Dynamic client registration (RFC 7591). Off: a new client needs a document (CLIENT_ID_METADATA) or a place in CLIENTS_CONFIG." }),
  clientIdMetadata: setting(onOff, {
    name: "CLIENT_ID_METADATA",
    fallback: "on",
    doc: "Clients may be named by the https URL of a document that describes them, which is fetched from public addresses only (where EXTERNAL_URL is loopback, from this machine too).",
  }),
  clientRedirectSchemes: setting(privateSchemes, {
    name: "CLIENT_REDIRECT_SCHEMES",
    fallback: "cursor,vscode,vscode-insiders",
    doc: "Private-use URI schemes that clients may be sent back to, besides https and loopback http.",
  }),
  clientsConfig: setting(path, {
    name: "CLIENTS_CONFIG",
    fallback: "none",
    doc: "A JSON file of clients that need not register, issuers whose identity assertions count, and scopes of the server: see docs/clients.md. It may not lie in the folder that is served.",
  }),
  pkceEnabled: setting(onOff, { name: "PKCE_ENABLED", fallback: "true", doc: "Every client has to prove its code challenge. `false` only where EXTERNAL_URL is loopback, with a warning." }),
  pkceMethod: setting(oneOf(["S256", "plain"]), {
    name: "PKCE_CHALLENGE_METHOD",
    fallback: "S256",
    doc: "`plain` also takes the challenge in clear; only where EXTERNAL_URL is loopback, with a warning.",
  }),
  csrfProtection: setting(onOff, {
    name: "CSRF_PROTECTION",
    fallback: "true",
    doc: "Forms carry a token that ties them to the browser they were shown in. `false` only where EXTERNAL_URL is loopback, with a warning.",
  }),
  csrfTokenLength: setting(wholeNumber(16, 128), { name: "CSRF_TOKEN_LENGTH", fallback: "32", doc: "Random bytes behind that token." }),
  sessionTimeout: setting(duration(60 * second, day / 2), {
    name: "SESSION_TIMEOUT",
    fallback: "3600 s",
    doc: "A browser session ends when it was not used for so long; after twelve hours it ends in any case.",
  }),
  sessionCookieName: setting(cookieName, {
    name: "SESSION_COOKIE_NAME",
    fallback: "mcp_auth_session",
    doc: "Name of the session cookie. With https it gets the prefix `__Host-`, which keeps neighbours from planting one.",
  }),
  sessionCookieSecure: setting(onOff, {
    name: "SESSION_COOKIE_SECURE",
    fallback: "true",
    doc: "The session cookie goes over https only, where EXTERNAL_URL is https. `false` only where it is loopback, with a warning.",
  }),
  sessionCookieHttpOnly: setting(onOff, {
    name: "SESSION_COOKIE_HTTPONLY",
    fallback: "true",
    doc: "The session cookie is out of reach of scripts. `false` only where EXTERNAL_URL is loopback, with a warning.",
  }),
  sessionCookieSameSite: setting(oneOf(["Strict", "Lax", "None"]), {
    name: "SESSION_COOKIE_SAMESITE",
    fallback: "Strict",
    doc: "When browsers send the session cookie on the way from another site. `Lax` and `None` only where EXTERNAL_URL is loopback, with a warning; `None` needs https.",
  }),
} as const;
