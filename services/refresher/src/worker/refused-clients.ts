import type { Log } from "@mcp-auth-proxy/telemetry";

/** Clients of ours that a provider does not take: the operator's mistake, which no person can mend by connecting again. */
export interface Refused {
  note(provider: string, clientId: string, detail: string): void;
  clear(provider: string, clientId: string): void;
  /** One sentence each, for /readyz. */
  warnings(): readonly string[];
}

export const createRefusedClients = (log: Log): Refused => {
  const refused = new Map<string, string>();
  const keyOf = (provider: string, clientId: string): string => JSON.stringify([provider, clientId]);
  return {
    note: (provider, clientId, detail) => {
      const known = refused.has(keyOf(provider, clientId));
      refused.set(keyOf(provider, clientId), provider);
      // Once loud: every connection of this provider would say the same.
      const level = known ? "debug" : "error";
      log[level]({ provider, clientId, detail }, "a provider refuses this gateway's own client: check its client id, secret and token endpoint");
    },
    clear: (provider, clientId) => refused.delete(keyOf(provider, clientId)),
    warnings: () => [...new Set(refused.values())].map((provider) => `${provider} refuses this gateway's client id or secret: connected accounts are not refreshed`),
  };
};
