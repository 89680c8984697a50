/* oxlint-disable typescript/no-unsafe-type-assertion -- this is the codec */
import type { AuthorizationId, ClientId, GrantId, KeyId, SubjectId } from "@mcp-auth-proxy/contracts";

// The one place where text becomes an id of ours: generators, rows and parsed tokens pass through here.
export const authorizationId = (text: string): AuthorizationId => text as AuthorizationId;
export const clientId = (text: string): ClientId => text as ClientId;
export const grantId = (text: string): GrantId => text as GrantId;
export const keyId = (text: string): KeyId => text as KeyId;
export const subjectId = (text: string): SubjectId => text as SubjectId;
