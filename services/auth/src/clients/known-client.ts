import type { ClientId } from "@mcp-auth-proxy/contracts";
import type { ClientAuthentication, ClientFacts } from "../domain/client.ts";
import { clientId } from "../domain/ids.ts";
import type { AuthParts } from "../parts.ts";
import { findRegistration } from "../pending/registrations.ts";
import type { PendingRequest } from "../pending/request.ts";
import { findClient } from "../read-models/clients.ts";
import type { AuthSql } from "../read-models/tables.ts";
import type { ClientMetadata } from "../validate/client-metadata.ts";
import { isClientIdUrl } from "../validate/client-id-url.ts";
import { configuredClient } from "./configured-client.ts";

/** A client that may start an authorization. */
export interface KnownClient {
  readonly clientId: ClientId;
  readonly facts: ClientFacts;
  /** Set while the client waits for its first completed authorization. */
  readonly registeredAt?: number;
  /** Set for a client of the operator's. */
  readonly configured?: { readonly resourceServer: boolean };
  /** Set for a client that a document describes: what it said, when, and whose host vouches for it. */
  readonly described?: PendingRequest["described"];
}

const factsOf = (
  { clientName, redirectUris, grantTypes, scope, applicationType }: ClientMetadata,
  authentication: ClientAuthentication | undefined,
): ClientFacts => ({
  ...(clientName === undefined ? {} : { clientName }),
  redirectUris,
  grantTypes,
  scope,
  ...(applicationType === undefined ? {} : { applicationType }),
  ...(authentication === undefined ? {} : { authentication }),
});

/** The operator's clients first, then confirmed ones, then those that wait. Undefined for a stranger, an expired registration and a disabled client alike. */
export const knownClient = async ({ config, keys }: Pick<AuthParts, "config" | "keys">, sql: AuthSql, id: string, now: number): Promise<KnownClient | undefined> => {
  const configured = configuredClient(config.clients, keys.pepper, id);
  if (configured !== undefined) return configured;
  // A document describes it, and is asked: what the log says of it may be out of date (see `findClient`).
  if (isClientIdUrl(id)) return undefined;
  const confirmed = await findClient(sql, id);
  if (confirmed !== undefined) return confirmed.active ? { clientId: clientId(confirmed.clientId), facts: confirmed.facts } : undefined;
  const waiting = await findRegistration(sql, id, now);
  return waiting === undefined ? undefined : { clientId: waiting.clientId, facts: factsOf(waiting.metadata, waiting.authentication), registeredAt: waiting.issuedAt };
};
