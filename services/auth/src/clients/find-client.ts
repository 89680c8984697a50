import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { clientId } from "../domain/ids.ts";
import type { AuthParts } from "../parts.ts";
import type { PendingRequest } from "../pending/request.ts";
import { findClient as findOnLog } from "../read-models/clients.ts";
import type { AuthSql } from "../read-models/tables.ts";
import type { ClientDocument } from "../validate/client-document.ts";
import { isClientIdUrl } from "../validate/client-id-url.ts";
import type { ClientDocumentFailure } from "./client-documents.ts";
import { knownClient, type KnownClient } from "./known-client.ts";

/** Why a client may not go on; `unknown` is a stranger, an expired registration and a disabled client alike. */
export type ClientProblem = "unknown" | ClientDocumentFailure;

const isDisabled = async (sql: AuthSql, id: string): Promise<boolean> => (await findOnLog(sql, id))?.active === false;

/** A described client has no secret that could be shared with it; one that signs has to (A4.10). */
const factsOf = ({ clientName, redirectUris, grantTypes, scope, applicationType, keys }: ClientDocument) => ({
  clientName,
  redirectUris: [...redirectUris],
  grantTypes: [...grantTypes],
  scope,
  ...(applicationType === undefined ? {} : { applicationType }),
  ...(keys === undefined ? {} : { authentication: { method: "private_key_jwt", keys: "jwks" in keys ? { jwks: [...keys.jwks] } : keys } as const }),
});

/**
 * Who a `client_id` names: a client we know, or one that its own document describes, where that is on. May go out to the
 * network, so never inside a transaction. `address` is whose request it is (what `addressBlock` says).
 */
export const findClient = async (parts: AuthParts, id: string, address: string): Promise<Result<KnownClient, ClientProblem>> => {
  const { store, clock, documents } = parts;
  const known = await knownClient(parts, store.sql, id, clock.now());
  if (known !== undefined) return ok(known);
  if (!isClientIdUrl(id) || documents === undefined || (await isDisabled(store.sql, id))) return err("unknown");
  const found = await documents.find(id, address);
  if (!found.ok) return found;
  const facts = factsOf(found.value.document);
  return ok({ clientId: clientId(id), facts, described: { facts, at: found.value.fetchedAt, host: new URL(id).host } });
};

/**
 * The client of a request that waited for its person. One with a document is what the document said when the person was
 * asked (A4.17): nobody decides on one thing and allows another. Whether it was disabled meanwhile is looked up.
 */
export const waitingClient = async (parts: AuthParts, sql: AuthSql, request: PendingRequest, now: number): Promise<KnownClient | undefined> => {
  const { described } = request;
  if (described === undefined) return knownClient(parts, sql, request.clientId, now);
  if (await isDisabled(sql, request.clientId)) return undefined;
  return { clientId: clientId(request.clientId), facts: described.facts, described, registeredAt: described.at };
};
