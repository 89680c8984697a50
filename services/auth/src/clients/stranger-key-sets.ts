import type { Clock } from "@mcp-auth-proxy/contracts";
import type { Outbound } from "@mcp-auth-proxy/http";
import type { Kv } from "@mcp-auth-proxy/kv";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { AuthKeys } from "../custody/keys.ts";
import type { ClientJwk, ClientKeySource } from "../domain/client.ts";
import { addressKey, overRate } from "../limits/rate.ts";
import { createKeySets } from "./key-sets.ts";

/** The key sets of clients that registered or that a document describes: anybody may name an address there. */
export interface StrangerKeySets {
  /** As in `KeySets`. `address` is whose request makes us fetch (what `addressBlock` says); over its rate, only what is known and still current counts. */
  keysOf(source: ClientKeySource, keyId: string | undefined, address: string): Promise<readonly ClientJwk[]>;
}

export interface StrangerKeySetsDependencies {
  readonly outbound: Outbound;
  readonly keys: Pick<AuthKeys, "pepper">;
  readonly kv: Kv;
  readonly clock: Clock;
  readonly log: Log;
}

/** Fetches in a minute, as for client documents: each is a request that a stranger makes us send. What is fresh costs none. */
const perMinute = { address: 30, inAll: 300 } as const;
const minuteMs = 60_000;
/** Fewer at a time than the way out has room for: documents of clients take it, too. */
const bounds = { sets: 256, underWay: 8 } as const;

export const createStrangerKeySets = ({ outbound, keys, kv, clock, log }: StrangerKeySetsDependencies): StrangerKeySets => {
  const sets = createKeySets({ outbound, clock, bounds });

  const asking = new Map<string, Promise<boolean>>();

  const isWithinRate = async (address: string): Promise<boolean> => {
    const waitMs = await overRate(kv, [
      { key: addressKey(keys, "key-set", address), most: perMinute.address, windowMs: minuteMs },
      { key: "key-set:all", most: perMinute.inAll, windowMs: minuteMs },
    ]);
    if (waitMs !== undefined) log.warn({}, "too many key sets of clients are asked for");
    return waitMs === undefined;
  };

  /** Counts once for all who ask for one set at once from one address: they share the fetch. */
  const mayFetch = (jwksUri: string, address: string): Promise<boolean> => {
    const asked = `${address} ${jwksUri}`;
    const running = asking.get(asked);
    if (running !== undefined) return running;
    const started = isWithinRate(address).finally(() => asking.delete(asked));
    asking.set(asked, started);
    return started;
  };

  return { keysOf: (source, keyId, address) => sets.keysOf(source, keyId, (jwksUri) => mayFetch(jwksUri, address)) };
};
