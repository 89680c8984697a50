import { type Clock, err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import type { Caller } from "./caller.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** A token of ours is below 1 KiB; a longer one is not looked at. */
const maxTokenLength = 4_096;
/** The id of a client may be the URL of its document: as long as auth takes one. */
const longestId = 512;
/** Clocks of auth and of who verifies may differ by this much where it does no harm: never for `exp`. */
const skewMs = 60_000;

const requiredClaims = ["iss", "aud", "sub", "client_id", "scope", "exp", "iat", "jti", "grant"];

export interface AccessTokenExpectations {
  readonly issuer: string;
  /** Canonical resources: `aud` must be exactly one of these strings. None: no token counts. */
  readonly resources: readonly string[];
}

/** Why a token was refused, for the log. Rejections never hold any of the token. */
export type TokenRejection = { readonly reason: string };

/**
 * Verifies an access token of our own making (RFC 9068): ES256 by a key of auth's, named by `kid` and looked up in
 * our own set. What the token says about algorithms, key URLs or embedded keys counts for nothing.
 * Whether it was revoked is not asked here: see `Revocations`.
 * Throws AppError when the keys can not be had: then nobody knows, and nobody gets in.
 */
export const verifyAccessToken = async (
  token: string,
  { issuer, resources }: AccessTokenExpectations,
  keys: Pick<SigningKeys, "find">,
  clock: Clock,
): Promise<Result<Caller, TokenRejection>> => {
  if (token.length > maxTokenLength) return err({ reason: "too long" });
  const now = clock.now();
  const findKey: JWTVerifyGetKey = async ({ kid }) => {
    const key = typeof kid === "string" ? await keys.find(kid) : undefined;
    if (key === undefined) throw new errors.JWKSNoMatchingKey();
    return key;
  };
  try {
    const { payload } = await jwtVerify(token, findKey, {
      algorithms: ["ES256"],
      typ: "at+jwt",
      issuer,
      requiredClaims,
      clockTolerance: 0,
      currentDate: new Date(now),
    });
    // One audience as text: jose would also take a list that contains it, and a token of ours names one, and only one.
    const resource = resources.find((known) => known === payload.aud);
    if (resource === undefined) return err({ reason: "another audience" });
    const caller = callerOf(payload, resource);
    if (caller === undefined) return err({ reason: "claims of the wrong kind" });
    if (caller.issuedAt > now + skewMs) return err({ reason: "issued in the future" });
    return ok(caller);
  } catch (cause) {
    if (cause instanceof errors.JOSEError) return err({ reason: cause.code });
    throw cause;
  }
};

const callerOf = (payload: JWTPayload, resource: string): Caller | undefined => {
  const { sub, client_id: client, grant, scope, exp, iat } = payload;
  if (exp === undefined || iat === undefined) return undefined;
  if (!isId(sub) || !isId(client) || !isId(grant) || typeof scope !== "string") return undefined;
  return { subject: sub, client, grant, resource, scopes: scope.split(" "), issuedAt: iat * 1000, expiresAt: exp * 1000 };
};

const isId = (value: unknown): value is string => typeof value === "string" && value.length > 0 && value.length <= longestId;
