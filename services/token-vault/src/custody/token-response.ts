import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { Secret } from "@mcp-auth-proxy/crypto";
import { Type } from "typebox";
import { Value } from "typebox/value";

/** Three tokens of the longest kind and what is around them fit. */
const maxBodyBytes = 49_152;
/** Ten years: a lifetime beyond it is a mistake in a unit. */
const longestLifetimeSeconds = 315_360_000;

// RFC 6749 appendix A.12, A.17: printable ASCII. Anything else would be a header of its own when the token is used.
const Token = Type.String({ minLength: 1, maxLength: 16_384, pattern: "^[\\x20-\\x7e]+$" });
const Absent = Type.Union([Type.Null(), Type.Literal("")]);

const TokenResponse = Type.Object({
  access_token: Token,
  token_type: Type.Optional(Type.Union([Type.String({ maxLength: 40, pattern: "^[A-Za-z0-9._:/-]*$" }), Type.Null()])),
  refresh_token: Type.Optional(Type.Union([Token, Absent])),
  id_token: Type.Optional(Type.Union([Token, Absent])),
  // Some providers send text; some 0 or -1 for a token that does not expire.
  expires_in: Type.Optional(Type.Union([Type.Number(), Type.String({ pattern: "^-?[0-9]{1,12}(\\.[0-9]{1,6})?$" }), Absent])),
  scope: Type.Optional(Type.Union([Type.String({ maxLength: 4_000, pattern: "^[\\x20-\\x7e]*$" }), Type.Null()])),
});

/** What a provider answered at its token endpoint (RFC 6749 section 5.1). */
export interface ParsedTokenResponse {
  readonly accessToken: Secret<string>;
  readonly tokenType: string;
  readonly refreshToken?: Secret<string>;
  readonly idToken?: Secret<string>;
  /** From the moment of the answer on. Absent: it does not say, and the token counts until it is refused. */
  readonly lifetimeMs?: number;
  /** Absent: as it was asked for (section 5.1), or as before. */
  readonly scope?: string;
}

/** Why a body is no token response, for the log: never a part of it. */
export type UnusableResponse = "too large" | "not JSON" | "no token response";

/** Errors that come with status 200 (GitHub's) have no access token, and are refused as everything else without one. */
export const parseTokenResponse = (body: Secret<Buffer>): Result<ParsedTokenResponse, UnusableResponse> => {
  const bytes = body.reveal();
  if (bytes.length > maxBodyBytes) return err("too large");
  const response = parseJson(bytes);
  if (response === undefined) return err("not JSON");
  if (!Value.Check(TokenResponse, response)) return err("no token response");
  const { access_token, token_type, refresh_token, id_token, scope } = response;
  const lifetimeMs = lifetimeOf(response.expires_in);
  return ok({
    accessToken: Secret.of(access_token),
    tokenType: isPresent(token_type) ? token_type : "Bearer",
    ...(isPresent(refresh_token) ? { refreshToken: Secret.of(refresh_token) } : {}),
    ...(isPresent(id_token) ? { idToken: Secret.of(id_token) } : {}),
    ...(lifetimeMs === undefined ? {} : { lifetimeMs }),
    ...(isPresent(scope) ? { scope } : {}),
  });
};

const isPresent = (text: string | null | undefined): text is string => text !== undefined && text !== null && text !== "";

const lifetimeOf = (expiresIn: number | string | null | undefined): number | undefined => {
  if (expiresIn === undefined || expiresIn === null || expiresIn === "") return undefined;
  const seconds = Number(expiresIn);
  return seconds > 0 ? Math.floor(Math.min(seconds, longestLifetimeSeconds) * 1_000) : undefined;
};

const parseJson = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
};
