import { err, ok, type Result } from "@mcp-auth-proxy/contracts";

export type PkceMethod = "S256" | "plain";

/** What a client bound its authorization request to (RFC 7636). Stored with the code. */
export interface PkceChallenge {
  readonly challenge: string;
  readonly method: PkceMethod;
}

/** `plain` and `required: false` exist for a gateway on loopback only; the posture check sees to that. */
export interface PkcePolicy {
  readonly required: boolean;
  readonly methods: readonly PkceMethod[];
}

export type ChallengeProblem = "challenge_missing" | "method_refused" | "challenge_malformed";
export type ProofProblem = "verifier_missing" | "verifier_malformed" | "verifier_unexpected" | "verifier_wrong";

/** Both from libs/crypto: this file decides, it does not compute. */
export interface PkceDigest {
  sha256(value: string): string;
  constantTimeEqual(a: string, b: string): boolean;
}

/** SHA-256 in base64url without padding: 43 characters, never another length. */
const s256Challenge = /^[A-Za-z0-9_-]{43}$/;
/** RFC 7636 section 4.1: 43 to 128 unreserved characters. A plain challenge is the verifier itself. */
const verifierShape = /^[A-Za-z0-9._~-]{43,128}$/;

const given = (raw: string | undefined): raw is string => raw !== undefined && raw !== "";

/**
 * The challenge of an authorization request. Undefined only where the policy does not require one.
 * A missing method means `plain` (RFC 7636 section 4.3), and so is refused where plain is.
 */
export const parseChallenge = (
  raw: { readonly challenge: string | undefined; readonly method: string | undefined },
  policy: PkcePolicy,
): Result<PkceChallenge | undefined, ChallengeProblem> => {
  if (!given(raw.challenge)) {
    // A method without a challenge is a client that believes it is protected: never wave it through.
    return policy.required || given(raw.method) ? err("challenge_missing") : ok(undefined);
  }
  const method = policy.methods.find((allowed) => allowed === (given(raw.method) ? raw.method : "plain"));
  if (method === undefined) return err("method_refused");
  const shape = method === "S256" ? s256Challenge : verifierShape;
  return shape.test(raw.challenge) ? ok({ challenge: raw.challenge, method }) : err("challenge_malformed");
};

/**
 * The proof at the token endpoint. A verifier where no challenge was stored is refused too: somebody stripped
 * the challenge from the authorization request (RFC 9700 section 2.1.1, the PKCE downgrade).
 */
export const checkProof = (
  verifier: string | undefined,
  stored: PkceChallenge | undefined,
  digest: PkceDigest,
): Result<undefined, ProofProblem> => {
  if (stored === undefined) return given(verifier) ? err("verifier_unexpected") : ok(undefined);
  if (!given(verifier)) return err("verifier_missing");
  if (!verifierShape.test(verifier)) return err("verifier_malformed");
  const derived = stored.method === "S256" ? digest.sha256(verifier) : verifier;
  return digest.constantTimeEqual(derived, stored.challenge) ? ok(undefined) : err("verifier_wrong");
};
