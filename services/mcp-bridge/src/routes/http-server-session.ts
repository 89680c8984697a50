import type { FastifyReply, FastifyRequest } from "fastify";
import { headerValues, readAccept } from "../guard/headers.ts";
import { type Refusal, refusals } from "../guard/refusal.ts";
import { accountPage } from "../inject/account-page.ts";
import { canCarry, carriesToken } from "../inject/params.ts";
import { sessionLook } from "../upstream-http/answers.ts";
import type { Passed } from "../upstream-http/http-relays.ts";
import type { HttpSession } from "../upstream-http/http-sessions.ts";
import { checkVersionHeader, classify } from "../wire/classify.ts";
import type { Envelope } from "../wire/envelope.ts";
import { opensUrlsIn } from "../wire/initialize-request.ts";
import { ambiguousRefusal } from "./account-answer.ts";
import { header } from "./admission.ts";
import type { HttpServerRouteOptions } from "./http-server-options.ts";
import { refuse } from "./refuse.ts";
import { callerOf, headersSoFar } from "./scope.ts";

const sessionHeader = "mcp-session-id";

/** POST of the revisions with sessions. */
export const postInHttpSession = (options: HttpServerRouteOptions, envelope: Envelope, body: Buffer, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
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
  if (called?.ok === false) return refuse(reply, called.error === "ambiguous" ? ambiguousRefusal : unknownTool(id !== undefined), id);
  const message = called?.value ?? body;
  const withParams = endpoint.server.inject?.kind === "params" && envelope.kind === "request" && carriesToken(envelope.method);
  if (withParams && !canCarry(message, request.account)) return refuse(reply, ambiguousRefusal, id);

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
export const listenInHttpSession = (options: HttpServerRouteOptions, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
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
export const endHttpSession = (options: HttpServerRouteOptions, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const fault = checkVersionHeader(header(request, "mcp-protocol-version"));
  if (fault !== undefined) return refuse(reply, { status: 400, error: fault });
  if (header(request, sessionHeader) === undefined) return refuse(reply, refusals.sessionMissing);
  const session = sessionOf(options, request);
  if (session === undefined || session === "unknown") return refuse(reply, refusals.sessionUnknown);
  options.relays.endSession(session, request.raw.rawHeaders, byHeader(options, request), request.identity);
  return reply.code(204).send();
};

/** What every message has in common. */
const sent = ({ endpoint }: HttpServerRouteOptions, request: FastifyRequest, reply: FastifyReply): Omit<Passed, "account" | "method" | "session" | "look" | "asked" | "deadlineMs"> => ({
  server: endpoint.server,
  caller: callerOf(request),
  identity: request.identity,
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

const unknownTool = (isRequest: boolean): Refusal => ({ status: isRequest ? 200 : 202, error: { code: -32602, message: "Unknown tool." } });
