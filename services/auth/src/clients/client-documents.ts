import { err, ok, type Clock, type Result } from "@mcp-auth-proxy/contracts";
import type { Outbound, OutboundFailure } from "@mcp-auth-proxy/http";
import type { Kv } from "@mcp-auth-proxy/kv";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { AuthKeys } from "../custody/keys.ts";
import { addressKey, overRate } from "../limits/rate.ts";
import { cacheLifetimeMs } from "../validate/cache-lifetime.ts";
import { parseClientDocument } from "../validate/client-document.ts";
import { parseClientIdUrl } from "../validate/client-id-url.ts";
import type { RedirectUriPolicy } from "../validate/redirect-uri.ts";
import { createDocumentCache, type CachedDocument } from "./document-cache.ts";

/** `refused`: it breaks a rule, or its owner says that it is not there. `unreachable`: worth another try. */
export type ClientDocumentFailure = "refused" | "unreachable" | "too_many";

/** Clients that are described by a document at the URL which is their id. */
export interface ClientDocuments {
  /**
   * The document as it counts now: from memory while fresh, else fetched. `address` is whose request makes us fetch
   * (what `addressBlock` says). Failures are logged here, with the reason.
   */
  find(clientId: string, address: string): Promise<Result<CachedDocument, ClientDocumentFailure>>;
}

export interface ClientDocumentsDependencies {
  readonly outbound: Outbound;
  readonly redirectPolicy: RedirectUriPolicy;
  readonly keys: Pick<AuthKeys, "pepper">;
  readonly kv: Kv;
  readonly clock: Clock;
  readonly log: Log;
}

/** 5 KB and a short time, as the draft asks (A4.6). */
const request = { accept: "application/json", maxBytes: 5_120, timeoutMs: 5_000 } as const;
/** Fetches in a minute: each is a request that a stranger makes us send. What is fresh costs none. */
const perMinute = { address: 30, inAll: 300 } as const;
const minuteMs = 60_000;
const maxEntries = 1_000;

const failureOf = ({ code, status = 0 }: OutboundFailure): ClientDocumentFailure => {
  switch (code) {
    case "busy":
    case "name":
    case "connection":
    case "timeout":
    case "aborted":
      return "unreachable";
    case "status":
      return status >= 500 || status === 408 || status === 429 ? "unreachable" : "refused";
    case "url":
    case "address":
    case "redirect":
    case "encoding":
    case "too_large":
      return "refused";
    default:
      return code satisfies never;
  }
};

export const createClientDocuments = ({ outbound, redirectPolicy, keys, kv, clock, log }: ClientDocumentsDependencies): ClientDocuments => {
  const cache = createDocumentCache(maxEntries);
  const underWay = new Map<string, Promise<Result<CachedDocument, ClientDocumentFailure>>>();

  const fetched = async (url: string): Promise<Result<CachedDocument, ClientDocumentFailure>> => {
    const answer = await outbound.fetchDocument(url, request);
    if (!answer.ok) {
      const { code, detail, status } = answer.error;
      log.info({ clientId: url, problem: code, detail, status }, "a client ID metadata document could not be fetched");
      return err(failureOf(answer.error));
    }
    const { headers, body } = answer.value;
    const document = parseClientDocument(url, { contentType: headers["content-type"], body }, redirectPolicy);
    if (!document.ok) {
      log.info({ clientId: url, problem: document.error.code, detail: document.error.detail }, "a client ID metadata document was refused");
      return err("refused");
    }
    const fetchedAt = clock.now();
    const entry = { document: document.value, fetchedAt, freshUntil: fetchedAt + cacheLifetimeMs(headers["cache-control"], headers.age) };
    cache.set(url, entry);
    return ok(entry);
  };

  const limited = async (url: string, address: string): Promise<Result<CachedDocument, ClientDocumentFailure>> => {
    const waitMs = await overRate(kv, [
      { key: addressKey(keys, "client-document", address), most: perMinute.address, windowMs: minuteMs },
      { key: "client-document:all", most: perMinute.inAll, windowMs: minuteMs },
    ]);
    if (waitMs === undefined) return fetched(url);
    log.warn({ clientId: url }, "too many client ID metadata documents are asked for");
    return err("too_many");
  };

  /** One request however many ask at once; it counts for who came first. */
  const shared = async (url: string, address: string): Promise<Result<CachedDocument, ClientDocumentFailure>> => {
    const known = underWay.get(url);
    if (known !== undefined) {
      const answer = await known;
      // The first one's address had used up its share; this one's need not have.
      return answer.ok || answer.error !== "too_many" ? answer : limited(url, address);
    }
    const started = limited(url, address).finally(() => underWay.delete(url));
    underWay.set(url, started);
    return started;
  };

  return {
    find: async (clientId, address) => {
      const url = parseClientIdUrl(clientId);
      if (!url.ok) {
        log.info({ problem: url.error }, "a client id is not an acceptable URL");
        return err("refused");
      }
      const { raw } = url.value;
      const cached = cache.get(raw, clock.now());
      return cached === undefined ? shared(raw, address) : ok(cached);
    },
  };
};
