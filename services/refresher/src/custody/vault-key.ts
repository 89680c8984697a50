import type { Messenger } from "@mcp-auth-proxy/bus";
import { AppError, vaultV1, type SealingKey } from "@mcp-auth-proxy/contracts";

/** The vault's key to seal to. Asked for before a provider is: an answer that can not be sealed would be lost. */
export interface VaultKey {
  /** Throws AppError when the vault does not answer. */
  current(): Promise<SealingKey>;
}

const keptMs = 60_000;

export const createVaultKey = (messenger: Messenger, monotonic: () => number): VaultKey => {
  let known: { readonly key: SealingKey; readonly at: number } | undefined;
  return {
    current: async () => {
      if (known !== undefined && monotonic() - known.at < keptMs) return known.key;
      const [key] = (await messenger.ask(vaultV1.sealingKeys, {})).keys;
      if (key === undefined) throw new AppError("unavailable", "the vault has no sealing key");
      known = { key, at: monotonic() };
      return key;
    },
  };
};
