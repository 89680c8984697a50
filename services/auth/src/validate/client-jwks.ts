import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import type { ClientJwk } from "../domain/client.ts";

export type JwksProblem = "malformed" | "too_many" | "private_key" | "no_usable_key";

const maxKeys = 20;
const maxValueLength = 2_048;
/**
 * Characters of base64url: 4096 bits, and 32. A verification costs the length of the modulus, squared, for each bit of the
 * exponent: a stranger's key with a long exponent would take the whole process with a few requests a second (C18).
 */
const maxRsaLengths: Readonly<Record<string, number>> = { n: 684, e: 6 };

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const membersOf = { EC: ["crv", "x", "y"], RSA: ["n", "e"], OKP: ["crv", "x"] } as const;
/** Members that a public key never has (RFC 7518 section 6), and the secret of a symmetric one. */
const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

const isKeyType = (value: unknown): value is keyof typeof membersOf => value === "EC" || value === "RSA" || value === "OKP";
const isShortText = (value: unknown): value is string => typeof value === "string" && value.length > 0 && value.length <= maxValueLength;

/** A key that may verify signatures, with the members that make it and nothing else. */
const usableKey = (fields: Fields): ClientJwk | undefined => {
  const { kty, kid, use } = fields;
  if (!isKeyType(kty) || (use !== undefined && use !== "sig")) return undefined;
  const members = membersOf[kty].map((name) => [name, fields[name]] as const);
  if (!members.every(([name, value]) => isShortText(value) && value.length <= (maxRsaLengths[name] ?? maxValueLength))) return undefined;
  return { kty, ...(isShortText(kid) ? { kid } : {}), ...Object.fromEntries(members) };
};

/**
 * A JSON Web Key Set (RFC 7517 section 5). Keys that can not verify a signature are passed over, as the RFC asks; a private
 * or symmetric one refuses the set, because whoever publishes it has lost it already.
 */
export const parseJwks = (value: unknown): Result<readonly ClientJwk[], JwksProblem> => {
  if (!isFields(value) || !Array.isArray(value["keys"])) return err("malformed");
  const keys: readonly unknown[] = value["keys"];
  if (keys.length > maxKeys) return err("too_many");
  if (!keys.every(isFields)) return err("malformed");
  if (keys.some((key) => privateMembers.some((member) => Object.hasOwn(key, member)))) return err("private_key");
  const usable = keys.flatMap((key) => usableKey(key) ?? []);
  return usable.length === 0 ? err("no_usable_key") : ok(usable);
};
