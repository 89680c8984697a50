import { createHmac, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { isObject, jsonObject } from "@mcp-auth-proxy/testing";

export type JwtPart = Readonly<Record<string, unknown>>;

export interface ReadJwt {
  readonly header: JwtPart;
  readonly payload: JwtPart;
  readonly signature: string;
}

export const encodePart = (part: JwtPart | string): string => Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url");

const decodePart = (part: string | undefined): JwtPart => jsonObject(Buffer.from(part ?? "", "base64url").toString());

export function readJwt(token: string): ReadJwt {
  const [header, payload, signature = ""] = token.split(".");
  return { header: decodePart(header), payload: decodePart(payload), signature };
}

/** Signs with a key of the attacker's own, in the form ES256 wants. */
export function attackerSigner(): { readonly jwk: JwtPart; sign(header: JwtPart, payload: JwtPart | string): string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    jwk: { ...publicKey.export({ format: "jwk" }), use: "sig", alg: "ES256" },
    sign: (header, payload) => {
      const input = `${encodePart(header)}.${encodePart(payload)}`;
      return `${input}.${sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
    },
  };
}

/** HS256 with something public as the secret: the classic confusion of algorithms. */
export function signWithPublicKey(secret: string, header: JwtPart, payload: JwtPart): string {
  const input = `${encodePart({ ...header, alg: "HS256" })}.${encodePart(payload)}`;
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}

/** The forms in which a public key could be taken for a secret. */
export function publicKeyForms(jwk: unknown): readonly string[] {
  if (!isObject(jwk)) throw new Error("the JWKS holds no key");
  const key = createPublicKey({ key: jwk, format: "jwk" });
  const pem = key.export({ type: "spki", format: "pem" }).toString();
  return [pem, pem.trim(), key.export({ type: "spki", format: "der" }).toString("latin1"), JSON.stringify(jwk), String(jwk.x)];
}
