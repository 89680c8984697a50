import { AppError, type Clock } from "@mcp-auth-proxy/contracts";
import type { Outbound } from "@mcp-auth-proxy/http";
import type { ClientJwk, ClientKeySource } from "../domain/client.ts";
import { parseJwks } from "../validate/client-jwks.ts";

export interface KeySets {
  /**
   * The keys of a source, with the named one among them where it exists. Answers with none when they can not be had:
   * then nothing verifies, and nobody gets in. `mayFetch` is asked before a fetch is started, and not for what is known;
   * where it says no, or there is no room for one, what is known and still current is the answer.
   */
  keysOf(source: ClientKeySource, keyId: string | undefined, mayFetch?: (jwksUri: string) => Promise<boolean>): Promise<readonly ClientJwk[]>;
}

/** How many sets are remembered, and how many are fetched at a time. */
export interface KeySetBounds {
  readonly sets: number;
  readonly underWay: number;
}

export interface KeySetsDependencies {
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly bounds: KeySetBounds;
}

interface Fetched {
  readonly keys: readonly ClientJwk[];
  readonly at: number;
}

/** A set is taken as current for so long. A key that is missing in it is looked for anew, but not more often than `restMs`. */
const freshMs = 300_000;
const restMs = 30_000;
const request = { accept: "application/jwk-set+json, application/json", maxBytes: 65_536, timeoutMs: 5_000 } as const;

const textOf = (body: Uint8Array): string => new TextDecoder("utf-8", { fatal: true }).decode(body);

/** Each has a memory and fetches of its own: what strangers name must not take the room of what the operator trusts. */
export const createKeySets = ({ outbound, clock, bounds }: KeySetsDependencies): KeySets => {
  const sets = new Map<string, Fetched>();
  const underWay = new Map<string, Promise<Fetched>>();

  const fetchKeys = async (jwksUri: string): Promise<readonly ClientJwk[]> => {
    const answer = await outbound.fetchDocument(jwksUri, request);
    if (!answer.ok) return [];
    try {
      const parsed = parseJwks(JSON.parse(textOf(answer.value.body)));
      return parsed.ok ? parsed.value : [];
    } catch (cause) {
      if (cause instanceof SyntaxError || cause instanceof TypeError) return [];
      throw new AppError("internal", "a key set could not be read", cause);
    }
  };

  const keep = (jwksUri: string, keys: readonly ClientJwk[]): Fetched => {
    // A failure is remembered as an empty set for `restMs`: whoever names a dead address must not have us knock all day.
    const fetched = { keys, at: clock.now() };
    sets.delete(jwksUri);
    const [oldest] = sets.keys();
    if (sets.size >= bounds.sets && oldest !== undefined) sets.delete(oldest);
    sets.set(jwksUri, fetched);
    return fetched;
  };

  const refreshed = (jwksUri: string): Promise<Fetched> => {
    const running = underWay.get(jwksUri);
    if (running !== undefined) return running;
    const started = fetchKeys(jwksUri)
      .then((keys) => keep(jwksUri, keys))
      .finally(() => underWay.delete(jwksUri));
    underWay.set(jwksUri, started);
    return started;
  };

  return {
    keysOf: async (source, keyId, mayFetch = async () => true) => {
      if ("jwks" in source) return source.jwks;
      const known = sets.get(source.jwksUri);
      const age = known === undefined ? Infinity : clock.now() - known.at;
      const lacks = known === undefined || known.keys.length === 0 || (keyId !== undefined && !known.keys.some(({ kid }) => kid === keyId));
      if (known !== undefined && age < freshMs && !(lacks && age >= restMs)) return known.keys;
      // Without a fetch, what is out of date does not count: a withdrawn key would live for as long as somebody keeps us from looking.
      const current = known !== undefined && age < freshMs ? known.keys : [];
      const isUnderWay = (): boolean => underWay.has(source.jwksUri);
      const isFull = (): boolean => underWay.size >= bounds.underWay;
      if (!isUnderWay()) {
        if (isFull()) return current;
        const allowed = await mayFetch(source.jwksUri);
        // Meanwhile others may have done or started the same fetch, or have taken the last place.
        const latest = sets.get(source.jwksUri);
        if (latest !== undefined && latest !== known) return latest.keys;
        if (!isUnderWay() && (!allowed || isFull())) return current;
      }
      return (await refreshed(source.jwksUri)).keys;
    },
  };
};
