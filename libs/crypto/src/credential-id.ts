/* oxlint-disable typescript/no-unsafe-type-assertion -- here ids of this brand are made */
import type { CredentialId } from "@mcp-auth-proxy/contracts";
import { sha256 } from "./digest.ts";

/**
 * Names a credential by whose it is: the same three always give the same id, so that connecting twice at once, on two
 * replicas, is one credential. As JSON, because a separator could be part of a value and make two credentials one.
 */
export const credentialIdOf = (owner: { readonly subjectId: string; readonly resource: string; readonly provider: string }): CredentialId =>
  sha256(JSON.stringify([owner.subjectId, owner.resource, owner.provider])) as CredentialId;
