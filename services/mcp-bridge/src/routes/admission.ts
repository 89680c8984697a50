import type { Caller, Revocations } from "@mcp-auth-proxy/access-token";
import type { Result } from "@mcp-auth-proxy/contracts";
import type { ownHosts } from "@mcp-auth-proxy/http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Bearer } from "../auth/bearer.ts";
import { type Challenge, challengeHeader } from "../auth/challenge.ts";
import { crossOriginHeaders, preflightHeaders } from "../guard/cross-origin.ts";
import { headerValues } from "../guard/headers.ts";
import { type Refusal, refusals } from "../guard/refusal.ts";
import { browserPage, isBrowser } from "./browser-page.ts";
import { refuse } from "./refuse.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who is asking; set by the admission of a bridge's route and nowhere else. */
    caller?: Caller;
  }
}

export interface AdmissionOptions {
  readonly externalUrl: string;
  /** The canonical address of the endpoint. */
  readonly resource: string;
  readonly isOwnHost: ReturnType<typeof ownHosts>;
  /** Our own origins and those the operator allows. */
  readonly origins: ReadonlySet<string>;
  readonly metadataUrl: string;
  readonly bearer: Bearer;
  readonly revocations: Revocations;
}

/**
 * Decides about a request before a byte of its body is read. True: `request.caller` is set. False: it was answered.
 * A promise only where the token has to be verified: waiting for what is known costs every request a turn.
 */
export const admit = (options: AdmissionOptions, request: FastifyRequest, reply: FastifyReply): boolean | Promise<boolean> => {
  // DNS rebinding: the name in Host must be ours (MCP, transports, security warning).
  if (!hasOwnHost(options, request)) return answered(refuse(reply, refusals.foreignHost));

  // A page of another origin must not use a visitor's browser to get here. Programs send no Origin.
  const origins = headerValues(request.raw.rawHeaders, "origin");
  if (origins.some((origin) => !options.origins.has(origin)) || origins.length > 1) return answered(refuse(reply, refusals.foreignOrigin));
  reply.headers(crossOriginHeaders(origins[0]));
  if (request.method === "OPTIONS") {
    return answered(reply.code(204).headers(preflightHeaders(header(request, "access-control-request-headers"))).send());
  }

  // Without a fresh feed nobody knows whose access was taken back.
  if (!options.revocations.fresh) return answered(refuse(reply, refusals.unavailable));

  const authorization = headerValues(request.raw.rawHeaders, "authorization");
  const authenticated = options.bearer.authenticate({ authorization, query: queryOf(request) });
  return authenticated instanceof Promise
    ? authenticated.then((result) => accept(options, result, request, reply))
    : accept(options, authenticated, request, reply);
};

const accept = (options: AdmissionOptions, authenticated: Result<Caller, Challenge>, request: FastifyRequest, reply: FastifyReply): boolean => {
  if (!authenticated.ok) return answered(challenge(options, authenticated.error, request, reply));
  request.caller = authenticated.value;
  return true;
};

/** Raw, without its question mark. */
export const queryOf = ({ raw: { url = "" } }: FastifyRequest): string => {
  const mark = url.indexOf("?");
  return mark === -1 ? "" : url.slice(mark + 1);
};

/**
 * Decides again after a wait: a body can take half a minute and a server longer, and what was revoked meanwhile would
 * open a session or a stream that no revocation finds any more. False: the request was answered.
 */
export const stillAdmitted = (options: AdmissionOptions, request: FastifyRequest, reply: FastifyReply): boolean => {
  const { bearer, revocations } = options;
  if (!revocations.fresh) return answered(refuse(reply, refusals.unavailable));
  const { caller } = request;
  return (caller !== undefined && bearer.stillAllows(caller)) || answered(challenge(options, "invalid_token", request, reply));
};

/** A reply is a promise of its end, so it must not be what an async function returns. */
const answered = (_reply: FastifyReply): false => false;

export const header = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === "string" ? value : value?.join(", ");
};

const hasOwnHost = ({ isOwnHost }: AdmissionOptions, request: FastifyRequest): boolean => {
  const [host, ...others] = headerValues(request.raw.rawHeaders, "host");
  return host !== undefined && others.length === 0 && isOwnHost(host);
};

const challenged: Readonly<Record<Challenge, Refusal>> = {
  no_token: refusals.noTokenShown,
  invalid_token: refusals.tokenInvalid,
  insufficient_scope: refusals.scopeMissing,
};

const challenge = (options: AdmissionOptions, reason: Challenge, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  reply.header("www-authenticate", challengeHeader(reason, options.metadataUrl));
  const accept = header(request, "accept");
  if (reason !== "no_token" || request.method !== "GET" || !isBrowser(accept)) return refuse(reply, challenged[reason]);
  const { html, headers } = browserPage(header(request, "accept-language"), options.resource);
  return reply.code(401).headers(headers).send(html);
};
