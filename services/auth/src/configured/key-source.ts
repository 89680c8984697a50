import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import type { ClientKeySource } from "../domain/client.ts";
import { parseJwks } from "../validate/client-jwks.ts";

/** Keys of an entry: in the file, or at an address; one of the two. http only to this machine. */
export const keySourceOf = ({ jwks, jwks_uri: jwksUri }: { readonly jwks?: unknown; readonly jwks_uri?: string | undefined }): Result<ClientKeySource, string> => {
  if ((jwks === undefined) === (jwksUri === undefined)) return err("it takes jwks or jwks_uri, one of the two");
  if (jwksUri !== undefined) return /^(?:https:\/\/|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])[:/])/.test(jwksUri) ? ok({ jwksUri }) : err("jwks_uri is not an https URL");
  const keys = parseJwks(jwks);
  return keys.ok ? ok({ jwks: keys.value }) : err(`jwks does not fit (${keys.error}): it takes {"keys": [public keys]}`);
};
