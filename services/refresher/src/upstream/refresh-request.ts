import type { Clock } from "@mcp-auth-proxy/contracts";
import { Secret } from "@mcp-auth-proxy/crypto";
import type { OutboundFailure, ProviderAnswer, ProviderOutbound } from "@mcp-auth-proxy/http";
import type { TokenEndpoint } from "./endpoints.ts";
import { knownCode, refusalOf, type Refusal } from "./answer.ts";
import { retryAfterAt } from "./retry-after.ts";
import type { Target } from "./targets.ts";

/** `detail` is for the log: words of ours, statuses and codes. */
export type UpstreamOutcome =
  /** A 2xx with a body. Nobody has looked into it. */
  | { readonly kind: "answered"; readonly body: Secret<Buffer>; readonly receivedAt: number }
  /** The provider says no, and has done nothing. */
  | { readonly kind: "refused"; readonly refusal: Refusal; readonly detail: string; readonly retryAfterAt?: number }
  /** Not a byte left us. */
  | { readonly kind: "not-sent"; readonly detail: string }
  /** A 2xx whose body can not be had: too large, or encoded. */
  | { readonly kind: "unusable"; readonly detail: string }
  /** The request was written, and what became of it is not known. */
  | { readonly kind: "unknown"; readonly detail: string };

export interface RefreshRequest {
  readonly endpoint: TokenEndpoint;
  readonly target: Target;
  readonly refreshToken: Secret<string>;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** Called when the connection stands and before the first byte; false, and nothing is written. */
  readonly mayWrite: () => Promise<boolean>;
}

/** RFC 6749 section 2.3.1: both halves are form-encoded before they are joined. */
const encoded = (text: string): string => new URLSearchParams([["", text]]).toString().slice(1);

const basic = (clientId: string, secret: string): string => `Basic ${Buffer.from(`${encoded(clientId)}:${encoded(secret)}`).toString("base64")}`;

/** The form of RFC 6749 section 6. No scope: what was granted stays. No `resource`: some providers refuse the request for it (Entra ID). */
const formOf = ({ endpoint, target, refreshToken }: RefreshRequest): { readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array } => {
  const { clientId, clientSecret } = target;
  const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken.reveal() });
  const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
  const inHeader = clientSecret !== undefined && endpoint.authentication === "client_secret_basic";
  if (!inHeader) form.set("client_id", clientId);
  if (clientSecret !== undefined && !inHeader) form.set("client_secret", clientSecret.reveal());
  return { headers: inHeader ? { ...headers, authorization: basic(clientId, clientSecret.reveal()) } : headers, body: Buffer.from(form.toString()) };
};

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

const ofAnswer = ({ status, headers, body }: ProviderAnswer, now: number): UpstreamOutcome => {
  const content = Secret.of(Buffer.from(body));
  if (isSuccess(status)) return { kind: "answered", body: content, receivedAt: now };
  const wait = retryAfterAt(headers["retry-after"], now);
  return {
    kind: "refused",
    refusal: refusalOf(status, content),
    detail: `status ${status}, ${knownCode(content)}`,
    ...(wait === undefined ? {} : { retryAfterAt: wait }),
  };
};

const ofFailure = ({ code, detail, status }: OutboundFailure, sent: boolean): UpstreamOutcome => {
  if (!sent) return { kind: "not-sent", detail: `${code}: ${detail}` };
  if (status === undefined) return { kind: "unknown", detail: `${code}: ${detail}` };
  if (isSuccess(status)) return { kind: "unusable", detail: `status ${status}, ${code}` };
  return { kind: "refused", refusal: refusalOf(status, Secret.of(Buffer.alloc(0))), detail: `status ${status}, ${code}` };
};

/** Asks a token endpoint once. Never throws for what the other side does. */
export const sendRefresh = async (outbound: ProviderOutbound, clock: Clock, request: RefreshRequest): Promise<UpstreamOutcome> => {
  let sent = false;
  const beforeSending = async (): Promise<void> => {
    if (!(await request.mayWrite())) throw new Error("it is too late to ask");
    sent = true;
  };
  const { headers, body } = formOf(request);
  const answer = await outbound.send(request.endpoint.url, { method: "POST", headers, body, maxBytes: request.maxBytes, timeoutMs: request.timeoutMs, beforeSending });
  return answer.ok ? ofAnswer(answer.value, clock.now()) : ofFailure(answer.error, sent);
};
