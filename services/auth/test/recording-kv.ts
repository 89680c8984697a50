import type { Clock } from "@mcp-auth-proxy/contracts";
import { createMemoryKv, type Kv } from "@mcp-auth-proxy/kv";

/** The memory adapter, and the keys that were counted. */
export const recordingKv = (clock: Clock): Kv & { readonly keys: readonly string[] } => {
  const kv = createMemoryKv({ clock });
  const keys: string[] = [];
  return {
    ...kv,
    keys,
    increment: (key, windowMs) => {
      keys.push(key);
      return kv.increment(key, windowMs);
    },
  };
};
