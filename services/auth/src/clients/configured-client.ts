import type { ClientId } from "@mcp-auth-proxy/contracts";
import type { Secret } from "@mcp-auth-proxy/crypto";
import type { ConfiguredAuthentication, ConfiguredClient } from "../config.ts";
import type { ClientAuthentication, ClientFacts } from "../domain/client.ts";
import { clientId } from "../domain/ids.ts";
import { secretFingerprintOf } from "./client-secret.ts";

/** One of the operator's clients, as a request meets it. */
export interface FoundConfiguredClient {
  readonly clientId: ClientId;
  readonly facts: ClientFacts;
  readonly configured: { readonly resourceServer: boolean };
}

const authenticationOf = (pepper: Secret<Buffer>, configured: ConfiguredAuthentication): ClientAuthentication =>
  configured.method === "private_key_jwt" ? configured : { method: configured.method, secretFingerprint: secretFingerprintOf(pepper, configured.secretHash) };

/** The operator's client of this id. It needs no row and no event, and ends with its entry in the configuration. */
export const configuredClient = (clients: readonly ConfiguredClient[], pepper: Secret<Buffer>, id: string): FoundConfiguredClient | undefined => {
  const found = clients.find((client) => client.clientId === id);
  if (found === undefined) return undefined;
  const { clientName, redirectUris, grantTypes, scope, authentication, resourceServer } = found;
  return {
    clientId: clientId(found.clientId),
    configured: { resourceServer },
    facts: {
      ...(clientName === undefined ? {} : { clientName }),
      redirectUris,
      grantTypes,
      scope,
      ...(authentication === undefined ? {} : { authentication: authenticationOf(pepper, authentication) }),
    },
  };
};
