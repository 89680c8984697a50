import { err, type Result } from "@mcp-auth-proxy/contracts";
import type { Log } from "@mcp-auth-proxy/telemetry";
import { exchange, type OutboundDocument } from "./exchange.ts";
import { failed, type OutboundFailure } from "./failure.ts";
import { parseOutboundUrl } from "./outbound-url.ts";
import { resolveOverDns, type Resolve } from "./resolve.ts";
import { createSlots } from "./slots.ts";
import { isOwnLoopback, specialUse } from "./special-use.ts";

export interface OutboundLimits {
  /** Requests under way, in all and to one host. */
  readonly atOnce: number;
  readonly perHost: number;
}

export const outboundLimits: OutboundLimits = { atOnce: 16, perHost: 4 };

export interface OutboundOptions {
  /** 127.0.0.1 and ::1, by http too: only where we are on loopback ourselves. Default false. */
  readonly allowLoopback?: boolean;
  readonly limits: OutboundLimits;
  readonly log: Log;
  /** Default: DNS. What it answers is checked like everything else. */
  readonly resolve?: Resolve;
}

export interface DocumentRequest {
  /** Media types, as in the Accept header. */
  readonly accept: string;
  readonly maxBytes: number;
  /** For everything together: name, connection, answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Requests to addresses that somebody else chose. There is no other way out of the gateway for them. */
export interface Outbound {
  /**
   * GETs a document that strangers may point us to (SSRF, A10): https, public addresses only, checked on what is
   * connected to; no redirect, cookie, credential or proxy; bounded in size, time and number. Success is status 200.
   */
  fetchDocument(url: string, request: DocumentRequest): Promise<Result<OutboundDocument, OutboundFailure>>;
}

const untilAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const abort = (): void => reject(new Error("aborted", { cause: signal.reason }));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "an error without a code");

export const createOutbound = ({ allowLoopback = false, limits, log, resolve = resolveOverDns() }: OutboundOptions): Outbound => {
  const slots = createSlots(limits);

  const refusalOf = (url: URL, address: string): string | undefined => {
    if (allowLoopback && isOwnLoopback(address)) return undefined;
    return specialUse(address) ?? (url.protocol === "http:" ? "http to another machine" : undefined);
  };

  /** Every address of a name has to be good: one bad among them is an attack, or will be connected to at random. */
  const checkedAddresses = async (url: URL, signal: AbortSignal): Promise<Result<readonly string[], OutboundFailure>> => {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const isLiteral = specialUse(host) !== "not an address";
    const addresses = isLiteral ? [host] : await untilAborted(resolve(host, signal), signal);
    if (addresses.length === 0) return failed("name", "the name has no address");
    const refusal = addresses.map((address) => refusalOf(url, address)).find((reason) => reason !== undefined);
    return refusal === undefined ? { ok: true, value: addresses } : failed("address", refusal);
  };

  const fetched = async (url: URL, request: DocumentRequest, signal: AbortSignal): Promise<Result<OutboundDocument, OutboundFailure>> => {
    let step: "name" | "connection" = "name";
    try {
      const addresses = await checkedAddresses(url, signal);
      if (!addresses.ok) return addresses;
      step = "connection";
      return await exchange({ url, addresses: addresses.value, accept: request.accept, maxBytes: request.maxBytes, signal });
    } catch (cause) {
      if (request.signal?.aborted === true) return failed("aborted", "given up by the caller", { cause });
      if (signal.aborted) return failed("timeout", `not done after ${request.timeoutMs} ms`, { cause });
      return failed(step, codeOf(cause), { cause });
    }
  };

  return {
    fetchDocument: async (raw, request) => {
      const url = parseOutboundUrl(raw, { allowLoopback });
      if (!url.ok) return failed("url", url.error);
      const { host } = url.value;
      const release = slots.take(url.value.hostname);
      if (release === undefined) return failed("busy", "too many requests are under way");
      const deadline = AbortSignal.timeout(request.timeoutMs);
      const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
      try {
        const answer = await fetched(url.value, request, signal);
        if (answer.ok) return answer;
        const { code, detail, status } = answer.error;
        log.info({ host, problem: code, detail, status }, "an outbound request failed");
        return err(answer.error);
      } finally {
        release();
      }
    },
  };
};
