import type { AuthorizationId } from "@mcp-auth-proxy/contracts";
import { fingerprint, randomBytes, Secret } from "@mcp-auth-proxy/crypto";
import { authorizationId } from "../domain/ids.ts";
import { opaqueBytes } from "./opaque.ts";
import { uuidFromBytes, uuidToBytes } from "./uuid-bytes.ts";

/** The prefix lets the log redact it wherever it turns up. */
const prefix = "mcp_ac_";
const idBytes = 16;
const secretBytes = 32;

export interface AuthorizationCode {
  readonly authorizationId: AuthorizationId;
  /** Keyed: all that is kept of it. */
  readonly fingerprint: string;
}

const fingerprintOf = (pepper: Secret<Buffer>, text: string): string => fingerprint(pepper, "authorization-code", text);

/** `mcp_ac_` and base64url of the authorization's id and 256 random bits: the id finds the stream, the bits prove. */
export const mintAuthorizationCode = (pepper: Secret<Buffer>, id: AuthorizationId): AuthorizationCode & { readonly code: Secret<string> } => {
  const text = prefix + Buffer.concat([uuidToBytes(id), randomBytes(secretBytes)]).toString("base64url");
  return { authorizationId: id, code: Secret.of(text), fingerprint: fingerprintOf(pepper, text) };
};

/** Undefined for what can not be a code of ours; whether it is one, the stream knows. */
export const parseAuthorizationCode = (pepper: Secret<Buffer>, text: string): AuthorizationCode | undefined => {
  const bytes = opaqueBytes(prefix, idBytes + secretBytes, text);
  if (bytes === undefined) return undefined;
  return { authorizationId: authorizationId(uuidFromBytes(bytes.subarray(0, idBytes))), fingerprint: fingerprintOf(pepper, text) };
};
