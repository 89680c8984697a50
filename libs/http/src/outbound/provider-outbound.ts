import type { IncomingHttpHeaders } from "node:http";
import { ok, type Result } from "@mcp-auth-proxy/contracts";
import type { Log } from "@mcp-auth-proxy/telemetry";
import { open, readBody, type Sent } from "./exchange.ts";
import { failed, type OutboundFailure } from "./failure.ts";
import { parseOutboundUrl } from "./outbound-url.ts";
import type { OutboundLimits } from "./outbound.ts";
import { resolveOverDns, type Resolve } from "./resolve.ts";
import { createSlots } from "./slots.ts";
import { specialUse } from "./special-use.ts";

/** What a provider answered, whatever the status but a redirect. */
export interface ProviderAnswer {
  readonly status: number;
  readonly headers: Readonly<IncomingHttpHeaders>;
  readonly body: Uint8Array;
}

export interface ProviderRequest extends Sent {
  readonly maxBytes: number;
  /** For everything together: name, connection, answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface ProviderOutboundOptions {
  /** URLs as the operator configured them. Their hosts may be anywhere; http is for loopback only. */
  readonly configured: readonly string[];
  readonly limits: OutboundLimits;
  readonly log: Log;
  /** For every other host. Default: DNS. */
  readonly resolve?: Resolve;
}

/** Requests to the operator's identity providers, which may carry our client secret and people's tokens. */
export interface ProviderOutbound {
  /** Whether a request could go to this URL, as far as its text tells. For addresses that a browser is sent to, too. */
  mayGoTo(url: string): boolean;
  /**
   * A host that the operator configured is theirs to choose. Every other one was named by a provider's metadata, and has to
   * be a public address (SSRF, B01). No redirect is followed, so that no header goes astray (B09); bounded in size, time, number.
   */
  send(url: string, request: ProviderRequest): Promise<Result<ProviderAnswer, OutboundFailure>>;
}

const hostOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).host : undefined);

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "an error without a code");

export const createProviderOutbound = ({ configured, limits, log, resolve = resolveOverDns() }: ProviderOutboundOptions): ProviderOutbound => {
  const own = new Set(configured.map(hostOf));
  const slots = createSlots(limits);

  const parsed = (raw: string): URL | undefined => {
    const url = parseOutboundUrl(raw, { allowLoopback: own.has(hostOf(raw)) });
    return url.ok ? url.value : undefined;
  };

  const addressesOf = async (url: URL, signal: AbortSignal): Promise<Result<readonly string[] | undefined, OutboundFailure>> => {
    if (own.has(url.host)) return ok(undefined);
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const addresses = specialUse(host) === "not an address" ? await resolve(host, signal) : [host];
    if (addresses.length === 0) return failed("name", "the name has no address");
    const refusal = addresses.map(specialUse).find((reason) => reason !== undefined);
    return refusal === undefined ? ok(addresses) : failed("address", refusal);
  };

  const exchanged = async (url: URL, request: ProviderRequest, signal: AbortSignal): Promise<Result<ProviderAnswer, OutboundFailure>> => {
    try {
      const addresses = await addressesOf(url, signal);
      if (!addresses.ok) return addresses;
      const response = await open({ url, addresses: addresses.value, signal }, request);
      try {
        const { statusCode: status = 0, headers } = response;
        if (status >= 300 && status < 400) return failed("redirect", "a redirect, which is not followed", { status });
        if ((headers["content-encoding"] ?? "identity").toLowerCase() !== "identity") return failed("encoding", "the body is encoded", { status });
        const body = await readBody(response, request.maxBytes);
        return body === undefined ? failed("too_large", `more than ${request.maxBytes} bytes`, { status }) : ok({ status, headers, body });
      } finally {
        response.destroy();
      }
    } catch (cause) {
      if (request.signal?.aborted === true) return failed("aborted", "given up by the caller", { cause });
      if (signal.aborted) return failed("timeout", `not done after ${request.timeoutMs} ms`, { cause });
      return failed("connection", codeOf(cause), { cause });
    }
  };

  return {
    mayGoTo: (url) => parsed(url) !== undefined,
    send: async (raw, request) => {
      const url = parsed(raw);
      if (url === undefined) return failed("url", "not an address that requests may go to");
      const release = slots.take(url.hostname);
      if (release === undefined) return failed("busy", "too many requests are under way");
      const deadline = AbortSignal.timeout(request.timeoutMs);
      const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
      try {
        const answer = await exchanged(url, request, signal);
        if (!answer.ok) log.info({ host: url.host, problem: answer.error.code, detail: answer.error.detail, status: answer.error.status }, "a request to a provider failed");
        return answer;
      } finally {
        release();
      }
    },
  };
};
