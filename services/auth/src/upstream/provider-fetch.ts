import type { OutboundFailureCode, ProviderOutbound } from "@mcp-auth-proxy/http";
import type { CustomFetch, CustomFetchOptions } from "openid-client";
import { UpstreamError } from "./upstream-error.ts";

const limits = { maxBytes: 262_144, timeoutMs: 10_000 } as const;

/** Nothing but what a client of OAuth sends: a form, or nothing. */
const bytesOf = (body: CustomFetchOptions["body"]): Uint8Array | undefined => {
  if (body === undefined || body === null) return undefined;
  if (typeof body === "string" || body instanceof URLSearchParams) return Buffer.from(body.toString(), "utf8");
  throw new UpstreamError("invalid", "a request body that is no form");
};

/** Answers that break a rule will break it again. */
const broken: ReadonlySet<OutboundFailureCode> = new Set(["url", "address", "redirect", "encoding", "too_large"]);

const isTemporary = (status: number): boolean => status === 429 || status >= 500;

/**
 * The way out for openid-client. `onAnswer` sees each body before anybody looks into it, and may put another status in
 * front of it. What can be tried again is `unavailable`, whatever the library would make of it.
 */
export const providerFetch =
  (outbound: ProviderOutbound, onAnswer: (url: string, answer: { readonly status: number; readonly text: string }) => number = (_url, { status }) => status): CustomFetch =>
  async (url, { method, headers, body, signal }) => {
    if (method !== "GET" && method !== "POST") throw new UpstreamError("invalid", "a request of another method");
    const bytes = bytesOf(body);
    const answer = await outbound.send(url, { method, headers, ...(bytes === undefined ? {} : { body: bytes }), ...limits, ...(signal === undefined ? {} : { signal }) });
    if (!answer.ok) throw new UpstreamError(broken.has(answer.error.code) ? "invalid" : "unavailable", `${answer.error.code}: ${answer.error.detail}`, answer.error.cause);
    const { status } = answer.value;
    if (isTemporary(status)) throw new UpstreamError("unavailable", `status ${status}`);
    if (status < 200 || status > 599) throw new UpstreamError("invalid", "a status that is none");
    const text = Buffer.from(answer.value.body).toString("utf8");
    const type = answer.value.headers["content-type"];
    return new Response(status === 204 ? null : text, { status: onAnswer(url, { status, text }), headers: type === undefined ? {} : { "content-type": type } });
  };
