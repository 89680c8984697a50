import { createPublicKey, type KeyObject } from "node:crypto";
import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from "jose";
import type { ClientJwk } from "../domain/client.ts";

/** Which signatures of others we take. Asymmetric only: a shared secret would make the verifier a signer. */
export const assertionAlgorithms: readonly string[] = ["ES256", "ES384", "PS256", "RS256", "EdDSA", "Ed25519"];

const maxAssertionLength = 8_192;
/** Clocks of others: an assertion may be this much ahead or behind. */
const skewMs = 60_000;

/** What an assertion says of itself, before anything is proven: only good for finding the keys. */
export interface AssertionClaim {
  readonly issuer: string;
  readonly subject: string;
  readonly type?: string;
  readonly keyId?: string;
}

export interface AssertionRules {
  readonly keys: readonly ClientJwk[];
  readonly issuer: string;
  /** The assertion must be meant for one of them, and for nobody else. */
  readonly audiences: readonly string[];
  /** The `typ` it must have, where one is prescribed. */
  readonly type?: string;
  /** How far in the future `exp` may be: for so long its id is remembered. */
  readonly maxLifetimeMs: number;
  readonly now: number;
}

/** An assertion that counts. `forgetAt` is when its `exp` refuses it, skew included. */
export interface VerifiedAssertion {
  readonly issuer: string;
  readonly subject: string;
  readonly jti: string;
  readonly forgetAt: number;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** For the log: constant words and error codes, nothing of the assertion. */
export type AssertionProblem = string;

const isText = (value: unknown): value is string => typeof value === "string" && value.length > 0 && value.length <= 500;

export const readAssertionClaim = (text: string): AssertionClaim | undefined => {
  if (text.length > maxAssertionLength) return undefined;
  try {
    const { iss, sub } = decodeJwt(text);
    const { typ, kid } = decodeProtectedHeader(text);
    if (!isText(iss) || !isText(sub)) return undefined;
    return { issuer: iss, subject: sub, ...(typ === undefined ? {} : { type: typ }), ...(isText(kid) ? { keyId: kid } : {}) };
  } catch {
    // It is no JWT: there is nothing to find.
    return undefined;
  }
};

const publicKey = ({ kid: _kid, ...jwk }: ClientJwk): KeyObject | undefined => {
  try {
    return createPublicKey({ key: { ...jwk }, format: "jwk" });
  } catch {
    // A curve or point that is none: this key verifies nothing.
    return undefined;
  }
};

/** Each costs a verification, and a stranger may bring keys and assertion: a set that names its keys needs one. */
const maxCandidates = 4;

/** The kind of key that an algorithm of our list needs. */
const keyTypeFor = (algorithm: string): ClientJwk["kty"] => {
  if (algorithm.startsWith("ES")) return "EC";
  return algorithm.startsWith("Ed") ? "OKP" : "RSA";
};

/** The keys that may have signed: those of the named id, or the first ones where none is named. */
const candidates = (text: string, keys: readonly ClientJwk[]): readonly KeyObject[] => {
  const { kid, alg = "" } = decodeProtectedHeader(text);
  return keys
    .filter((key) => key.kty === keyTypeFor(alg) && (kid === undefined || key.kid === undefined || key.kid === kid))
    .slice(0, maxCandidates)
    .flatMap((key) => publicKey(key) ?? []);
};

const verifiedClaims = async (text: string, rules: AssertionRules): Promise<Result<JWTPayload, AssertionProblem>> => {
  let problem: AssertionProblem = "no key";
  for (const key of candidates(text, rules.keys)) {
    try {
      const { payload } = await jwtVerify(text, key, {
        algorithms: [...assertionAlgorithms],
        issuer: rules.issuer,
        audience: [...rules.audiences],
        requiredClaims: ["sub", "jti", "exp"],
        currentDate: new Date(rules.now),
        clockTolerance: skewMs / 1000,
        ...(rules.type === undefined ? {} : { typ: rules.type }),
      });
      return ok(payload);
    } catch (cause) {
      // A TypeError is jose's word for a key of another kind than the algorithm.
      if (!(cause instanceof errors.JOSEError) && !(cause instanceof TypeError)) throw cause;
      problem = cause instanceof errors.JOSEError ? cause.code : "key of another kind";
      if (cause instanceof errors.JWTClaimValidationFailed || cause instanceof errors.JWTExpired) return err(problem);
    }
  }
  return err(problem);
};

/** A list is taken only with one entry: an assertion that others may use too could be passed on to us by them. */
const hasOneAudience = ({ aud }: JWTPayload): boolean => typeof aud === "string" || (Array.isArray(aud) && aud.length === 1);

/**
 * Verifies a JWT that somebody else signed (RFC 7523 section 3): algorithm from our list, key from theirs, exact issuer and
 * audience, an end that is near, and an id by which its second use is recognised.
 */
export const verifyAssertion = async (text: string, rules: AssertionRules): Promise<Result<VerifiedAssertion, AssertionProblem>> => {
  if (readAssertionClaim(text) === undefined) return err("not a JWT");
  const verified = await verifiedClaims(text, rules);
  if (!verified.ok) return verified;
  const { sub, jti, exp = 0, iat } = verified.value;
  if (!isText(sub) || !isText(jti)) return err("sub or jti of the wrong kind");
  if (!hasOneAudience(verified.value)) return err("several audiences");
  if (iat !== undefined && iat * 1000 > rules.now + skewMs) return err("issued in the future");
  if (exp * 1000 > rules.now + rules.maxLifetimeMs + skewMs) return err("exp is too far away");
  return ok({ issuer: rules.issuer, subject: sub, jti, forgetAt: exp * 1000 + skewMs + 1000, claims: verified.value });
};
