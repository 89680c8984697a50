import type { Caller } from "@mcp-auth-proxy/access-token";
import type { CredentialId } from "@mcp-auth-proxy/contracts";
import { credentialIdOf, Secret } from "@mcp-auth-proxy/crypto";
import type { LivingCaller } from "../../src/inject/vault-leases.ts";
import type { Lease } from "../../src/inject/lease.ts";

export const resource = "https://mcp.example.com/mcp";

interface Given {
  readonly subject?: string;
  readonly resource?: string;
  readonly generation?: number;
  readonly until?: number;
  readonly token?: string;
  readonly expiresAt?: number;
}

/** A lease as the vault gives one. */
export const aLease = ({ subject = "alice", resource: at = resource, generation = 1, until = 1_000_000, token = `token-of-${subject}-${generation}`, expiresAt }: Given = {}): Lease => {
  const credentialId: CredentialId = credentialIdOf({ subjectId: subject, resource: at, provider: "google" });
  return {
    facts: {
      credentialId,
      subjectId: subject,
      resource: at,
      provider: "google",
      generation,
      scope: "calendar",
      refreshable: true,
      storedAt: 0,
      ...(expiresAt === undefined ? {} : { expiresAt }),
    },
    accessToken: Secret.of(token),
    until,
  };
};

const aCaller = (subject: string): Caller => ({ subject, client: "client-1", resource: "https://mcp.example.com/mcp", grant: `grant-of-${subject}`, scopes: ["mcp-access"], issuedAt: 0, expiresAt: 1e12 });

export const alive = (subject: string, token = `ours-of-${subject}`): LivingCaller => ({ caller: aCaller(subject), token: Secret.of(token) });
