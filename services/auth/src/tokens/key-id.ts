import { calculateJwkThumbprint } from "jose";
import type { PublicPoint } from "../domain/signing-key.ts";

/** The `kid` of a signing key: its RFC 7638 thumbprint, so that the same key never has two names. */
export const keyIdOf = ({ x, y }: PublicPoint): Promise<string> => calculateJwkThumbprint({ kty: "EC", crv: "P-256", x, y });
