import type { Log } from "@mcp-auth-proxy/telemetry";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { HttpServer } from "../config.ts";
import { headerValues, readAccept } from "../guard/headers.ts";
import type { ToolPolicy } from "../guard/policy.ts";
import { type Refusal, refusals } from "../guard/refusal.ts";
import { accountPage } from "../inject/account-page.ts";
import { carriesToken, withAuthorization } from "../inject/params.ts";
import type { BridgeLimits } from "../limits.ts";
import { RequestStates } from "../relay/modern/request-states.ts";
import { sessionLook } from "../upstream-http/answers.ts";
import type { HttpRelays, Passed } from "../upstream-http/http-relays.ts";
import type { HttpSession } from "../upstream-http/http-sessions.ts";
import { checkVersionHeader, classify } from "../wire/classify.ts";
import { type Envelope, readEnvelope } from "../wire/envelope.ts";
import { opensUrlsIn } from "../wire/initialize-request.ts";
import { isModernMessage } from "../wire/rev-2026-07-28/claim.ts";
import type { AccountFinder } from "./account.ts";
import { type AdmissionOptions, header } from "./admission.ts";
import type { Endpoint } from "./endpoint.ts";
import { postModernToHttp } from "./http-server-modern.ts";
import { refuse } from "./refuse.ts";
import { admittedScope, callerOf, headersSoFar } from "./scope.ts";

export interface HttpServerRouteOptions {
  readonly endpoint: Endpoint<HttpServer>;
  readonly admission: AdmissionOptions;
  readonly relays: HttpRelays;
  readonly states: RequestStates;
  readonly policy: ToolPolicy;
  readonly limits: BridgeLimits;
  readonly log: Log;
  readonly account?: AccountFinder;
}

const sessionHeader = "mcp-session-id";

/** One MCP endpoint whose server is behind an address: what is sound goes on, and what comes back comes through. */
export const mountHttpServer = async (app: FastifyInstance, options: HttpServerRouteOptions): Promise<void> => {
  await admittedScope(app, options, (scope) => {
    const shared = { bodyLimit: options.limits.bodyBytes, exposeHeadRoute: false, config: { quiet: true } };
    for (const path of options.endpoint.paths) {
      // Not async: a reply is a promise of its own end, and a stream's end is nothing to wait for.
      scope.options(path, shared, (_request, reply) => void reply.code(204).send());
      scope.post(path, shared, (request, reply) => void post(options, request, reply));
      scope.get(path, shared, (request, reply) => void listen(options, request, reply));
      scope.delete(path, shared, (request, reply) => void end(options, request, reply));
    }
  });
};

const post = (options: HttpServerRouteOptions, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const { body } = request;
  if (!Buffer.isBuffer(body)) return refuse(reply, refusals.notJson);
  const read = readEnvelope(body);
  if (!read.ok) {
    if (read.error.reason === "malformed") return refuse(reply, refusals.malformed);
    return read.error.reason === "batch" ? refuse(reply, refusals.batch) : refuse(reply, refusals.invalidMessage, read.error.id);
  }
  const envelope = read.value;
  const version = header(request, "mcp-protocol-version");
  if (envelope.kind !== "response" && isModernMessage(envelope, version)) return postModernToHttp(options, envelope, body, request, reply);
  return postInHttpSession(options, envelope, body, request, reply);
};

/** POST of the revisions with sessions. */
const postInHttpSession = (options: HttpServerRouteOptions, envelope: Envelope, body: Buffer, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const id = envelope.kind === "request" ? envelope.id : undefined;
  const revision = classify(envelope, header(request, "mcp-protocol-version"));
  if (!revision.ok) return refuse(reply, { status: 400, error: revision.error }, id);
  const acceptance = readAccept(header(request, "accept"));
  if (!acceptance.json && !acceptance.eventStream) return refuse(reply, refusals.notAcceptable, id);

  const session = sessionOf(options, request);
  if (session === "unknown") return refuse(reply, refusals.sessionUnknown, id);
  const opening = envelope.kind === "request" && envelope.method === "initialize";
  if (opening && session !== undefined) return refuse(reply, refusals.sessionExists, id);

  const { policy, endpoint, relays, limits } = options;
  const method = envelope.kind === "response" ? undefined : envelope.method;
  const called = method === "tools/call" ? policy.call(body) : undefined;
  if (called?.ok === false) return refuse(reply, called.error === "ambiguous" ? ambiguous : unknownTool(id !== undefined), id);
  const message = called?.value ?? body;
  const withParams = endpoint.server.inject?.kind === "params" && envelope.kind === "request" && carriesToken(envelope.method);
  if (withParams && isAmbiguous(message, request)) return refuse(reply, ambiguous, id);

  const passed = relays.pass({
    ...sent(options, request, reply),
    // Whoever only introduces himself needs no token where it travels with each request.
    account: endpoint.server.inject?.kind === "params" && !withParams ? undefined : request.account,
    method: "POST",
    body: message,
    withParams,
    session,
    look: sessionLook(policy, envelope.kind === "request" ? envelope.method : undefined),
    asked: { id, page: accountPage(options.admission.externalUrl), opensUrls: session?.opensUrls ?? (opening && opensUrlsIn(body)) },
    deadlineMs: opening ? limits.initializeMs : limits.requestMs,
    opening,
  });
  return passed.ok ? reply : refuse(reply, passed.error, id);
};

/** GET: what the server says unasked. */
const listen = (options: HttpServerRouteOptions, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const fault = checkVersionHeader(header(request, "mcp-protocol-version"));
  if (fault !== undefined) return refuse(reply, { status: 400, error: fault });
  // Without a session nobody could tell whose stream it is that an event id takes up again.
  if (header(request, sessionHeader) === undefined || options.endpoint.server.streamingOnly === true) return refuse(reply, refusals.noStreamHere);
  if (!readAccept(header(request, "accept")).eventStream) return refuse(reply, refusals.streamNotAcceptable);
  const session = sessionOf(options, request);
  if (session === undefined || session === "unknown") return refuse(reply, refusals.sessionUnknown);
  const passed = options.relays.pass({
    ...sent(options, request, reply),
    account: byHeader(options, request),
    method: "GET",
    session,
    look: sessionLook(options.policy, undefined),
    asked: { id: undefined, page: accountPage(options.admission.externalUrl), opensUrls: false },
    deadlineMs: undefined,
  });
  return passed.ok ? reply : refuse(reply, passed.error);
};

/** DELETE: the session is over here, whatever the server answers. */
const end = (options: HttpServerRouteOptions, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const fault = checkVersionHeader(header(request, "mcp-protocol-version"));
  if (fault !== undefined) return refuse(reply, { status: 400, error: fault });
  if (header(request, sessionHeader) === undefined) return refuse(reply, refusals.sessionMissing);
  const session = sessionOf(options, request);
  if (session === undefined || session === "unknown") return refuse(reply, refusals.sessionUnknown);
  options.relays.endSession(session, request.raw.rawHeaders, byHeader(options, request));
  return reply.code(204).send();
};

/** What every message has in common. */
const sent = ({ endpoint }: HttpServerRouteOptions, request: FastifyRequest, reply: FastifyReply): Omit<Passed, "account" | "method" | "session" | "look" | "asked" | "deadlineMs"> => ({
  server: endpoint.server,
  caller: callerOf(request),
  rawHeaders: request.raw.rawHeaders,
  body: undefined,
  withParams: false,
  response: reply.raw,
  headers: headersSoFar(reply),
  opening: false,
  taken: () => void reply.hijack(),
});

const byHeader = ({ endpoint }: HttpServerRouteOptions, { account }: FastifyRequest): Passed["account"] => (endpoint.server.inject?.kind === "header" ? account : undefined);

const sessionOf = ({ relays, endpoint }: HttpServerRouteOptions, request: FastifyRequest): HttpSession | "unknown" | undefined => {
  const [id, ...others] = headerValues(request.raw.rawHeaders, sessionHeader);
  if (id === undefined) return undefined;
  return others.length > 0 ? "unknown" : (relays.sessions.use(id, callerOf(request), endpoint.server) ?? "unknown");
};

/** Whether the token could be put where another reader does not see it; decided before anything is sent. */
export const isAmbiguous = (message: Buffer, { account }: FastifyRequest): boolean => account?.lease.ok === true && !withAuthorization(message, account.lease.value).ok;

const ambiguous: Refusal = { status: 400, error: { code: -32600, message: "A member of the message is there twice." } };
const unknownTool = (isRequest: boolean): Refusal => ({ status: isRequest ? 200 : 202, error: { code: -32602, message: "Unknown tool." } });
