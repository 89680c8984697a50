import { createHmac, timingSafeEqual } from "node:crypto";
import { randomBytes } from "./random.ts";

// Both sides are hashed under a key made once per process: equal lengths for `timingSafeEqual` without telling the
// length, and no digest that an attacker could work towards byte by byte.
const processKey = randomBytes(32);
const digestOf = (value: string | Uint8Array): Buffer => createHmac("sha256", processKey).update(value).digest();

/** Compares in a time that does not depend on where, or how far, the two differ. Text is compared as UTF-8. */
export const constantTimeEqual = (a: string | Uint8Array, b: string | Uint8Array): boolean =>
  timingSafeEqual(digestOf(a), digestOf(b));
