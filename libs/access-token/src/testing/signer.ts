import type { authV1 } from "@mcp-auth-proxy/contracts";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

/** A signing key as auth has them, and what it signs. */
export interface Signer {
  readonly jwk: authV1.SigningJwk;
  sign(claims: Readonly<Record<string, unknown>>, header: { readonly typ: string; readonly kid: string }): Promise<string>;
}

export const createSigner = async (kid: string): Promise<Signer> => {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const { x = "", y = "" } = await exportJWK(publicKey);
  return {
    jwk: { kty: "EC", crv: "P-256", x, y, kid, alg: "ES256", use: "sig" },
    sign: (claims, header) => new SignJWT({ ...claims }).setProtectedHeader({ alg: "ES256", ...header }).sign(privateKey),
  };
};
