import type { GrantId } from "@mcp-auth-proxy/contracts";
import { constantTimeEqual, fingerprint, randomBytes, Secret } from "@mcp-auth-proxy/crypto";
import { grantId } from "../domain/ids.ts";
import { opaqueBytes } from "./opaque.ts";
import { uuidFromBytes, uuidToBytes } from "./uuid-bytes.ts";

/** The prefix lets the log redact it wherever it turns up. */
const prefix = "mcp_rt_";
/** Where each part starts: grant id, generation, random bits, tag. */
const at = { generation: 16, random: 20, tag: 52, end: 68 } as const;

/**
 * A refresh token that we made: `mcp_rt_` and base64url of grant id, generation, 256 random bits, and a 128-bit tag
 * keyed with the pepper. The tag tells a genuine old token from a guess without a history of old tokens: only a
 * genuine one may ever revoke a family.
 */
export interface RefreshToken {
  readonly grantId: GrantId;
  /** 1 for the first of a grant. */
  readonly generation: number;
  /** Keyed: all that is kept of it. */
  readonly fingerprint: string;
  readonly text: Secret<string>;
}

const tagOf = (pepper: Secret<Buffer>, body: Buffer): Buffer =>
  Buffer.from(fingerprint(pepper, "refresh-token-tag", body.toString("base64url")), "base64url").subarray(0, at.end - at.tag);

const tokenOf = (pepper: Secret<Buffer>, bytes: Buffer): RefreshToken => {
  const text = prefix + bytes.toString("base64url");
  return {
    grantId: grantId(uuidFromBytes(bytes.subarray(0, at.generation))),
    generation: bytes.readUInt32BE(at.generation),
    fingerprint: fingerprint(pepper, "refresh-token", text),
    text: Secret.of(text),
  };
};

export const mintRefreshToken = (pepper: Secret<Buffer>, id: GrantId, generation: number): RefreshToken => {
  const count = Buffer.alloc(at.random - at.generation);
  count.writeUInt32BE(generation);
  const body = Buffer.concat([uuidToBytes(id), count, randomBytes(at.tag - at.random)]);
  return tokenOf(pepper, Buffer.concat([body, tagOf(pepper, body)]));
};

/** Undefined unless the tag is ours. */
export const parseRefreshToken = (pepper: Secret<Buffer>, text: string): RefreshToken | undefined => {
  const bytes = opaqueBytes(prefix, at.end, text);
  if (bytes === undefined) return undefined;
  const genuine = constantTimeEqual(bytes.subarray(at.tag), tagOf(pepper, bytes.subarray(0, at.tag)));
  return genuine ? tokenOf(pepper, bytes) : undefined;
};
