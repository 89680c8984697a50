import { AppError, err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { acceptJsonBytes } from "@mcp-auth-proxy/http";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Caller } from "../auth/caller.ts";
import { isPlainJson, readAccept } from "../guard/headers.ts";
import { type Refusal, refusals } from "../guard/refusal.ts";
import type { BridgeLimits } from "../limits.ts";
import { Outlet } from "../relay/outlet.ts";
import type { Untaken } from "../relay/stdio.ts";
import type { NoSession, SessionDirectory } from "../sessions/directory.ts";
import type { Session } from "../sessions/session.ts";
import { checkVersionHeader, classify } from "../wire/classify.ts";
import { type Envelope, type EnvelopeFault, readEnvelope } from "../wire/envelope.ts";
import { admit, type AdmissionOptions, header } from "./admission.ts";
import type { Endpoint } from "./endpoint.ts";
import { refuse } from "./refuse.ts";

const sessionHeader = "mcp-session-id";

export interface McpRouteOptions {
  readonly endpoint: Endpoint;
  readonly admission: AdmissionOptions;
  readonly directory: SessionDirectory;
  readonly limits: BridgeLimits;
  readonly log: Log;
}

/** One MCP endpoint: Streamable HTTP of the revisions with sessions (2025-03-26 to 2025-11-25, transports). */
export const mountMcp = async (app: FastifyInstance, options: McpRouteOptions): Promise<void> => {
  await app.register(async (scope) => {
    acceptJsonBytes(scope);
    scope.decorateRequest("caller");
    scope.addHook("onRequest", async (request, reply) => {
      if (!(await admit(options.admission, request, reply))) return reply;
      if (request.method === "POST" && !hasPlainJson(request)) return refuse(reply, refusals.notJson);
      return undefined;
    });
    scope.setErrorHandler((error, request, reply) => answerError(options, error, request, reply));
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

const post = (options: McpRouteOptions, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const { body } = request;
  if (!Buffer.isBuffer(body)) return refuse(reply, refusals.notJson);

  const read = readEnvelope(body);
  if (!read.ok) return refuseMessage(reply, read.error);
  const envelope = read.value;
  const id = envelope.kind === "request" ? envelope.id : undefined;

  const revision = classify(envelope, header(request, "mcp-protocol-version"));
  if (!revision.ok) return refuse(reply, { status: 400, error: revision.error }, id);

  const acceptance = readAccept(header(request, "accept"));
  if (!acceptance.json && !acceptance.eventStream) return refuse(reply, refusals.notAcceptable, id);

  const session = sessionFor(options, envelope, request);
  if (!session.ok) return refuse(reply, session.error, id);

  return envelope.kind === "request"
    ? relayRequest(session.value, envelope, body, request, reply)
    : relayOther(session.value, envelope, body, reply);
};

/** GET: the stream for what the server says unasked. Without a session there is none, and 405 says so. */
const listen = (options: McpRouteOptions, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  if (header(request, sessionHeader) === undefined) return refuse(reply, refusals.noStreamHere);
  const fault = checkVersionHeader(header(request, "mcp-protocol-version"));
  if (fault !== undefined) return refuse(reply, { status: 400, error: fault });
  if (!readAccept(header(request, "accept")).eventStream) return refuse(reply, refusals.streamNotAcceptable);
  const session = existingSession(options, request);
  if (!session.ok) return refuse(reply, session.error);
  session.value.relay.listen(outletFor(session.value, request, reply));
  return reply.hijack();
};

const end = (options: McpRouteOptions, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const fault = checkVersionHeader(header(request, "mcp-protocol-version"));
  if (fault !== undefined) return refuse(reply, { status: 400, error: fault });
  const session = existingSession(options, request);
  if (!session.ok) return refuse(reply, session.error);
  // The session is gone with this call; its child may take a moment longer, which the client need not wait for.
  void options.directory.end(session.value);
  return reply.code(204).send();
};

const relayRequest = (
  session: Session,
  envelope: Extract<Envelope, { kind: "request" }>,
  body: Buffer,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply => {
  const outlet = outletFor(session, request, reply, envelope.method === "initialize");
  const untaken = session.relay.request(envelope, body, outlet, readAccept(header(request, "accept")));
  return untaken === undefined ? reply.hijack() : refuse(reply, untakenRefusal[untaken], envelope.id);
};

const relayOther = (session: Session, envelope: Exclude<Envelope, { kind: "request" }>, body: Buffer, reply: FastifyReply): FastifyReply => {
  const untaken = session.relay.post(envelope, body);
  return untaken === undefined ? reply.code(202).send() : refuse(reply, untakenRefusal[untaken]);
};

const sessionFor = (options: McpRouteOptions, envelope: Envelope, request: FastifyRequest): Result<Session, Refusal> => {
  const initialize = envelope.kind === "request" && envelope.method === "initialize";
  if (!initialize) return existingSession(options, request);
  if (header(request, sessionHeader) !== undefined) {
    const existing = existingSession(options, request);
    return existing.ok ? err(refusals.sessionExists) : existing;
  }
  const opened = options.directory.open(callerOf(request), options.endpoint.server);
  return opened.ok ? opened : err(noSessionRefusal[opened.error]);
};

const existingSession = ({ directory, endpoint }: McpRouteOptions, request: FastifyRequest): Result<Session, Refusal> => {
  const id = header(request, sessionHeader);
  if (id === undefined) return err(refusals.sessionMissing);
  const session = directory.use(id, callerOf(request), endpoint.server);
  return session === undefined ? err(refusals.sessionUnknown) : ok(session);
};

const outletFor = (session: Session, request: FastifyRequest, reply: FastifyReply, opening = false): Outlet => {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) headers[name] = String(value);
  return new Outlet({
    response: reply.raw,
    headers: opening ? { ...headers, [sessionHeader]: session.id } : headers,
    caller: callerOf(request),
  });
};

const callerOf = ({ caller }: FastifyRequest): Caller => {
  if (caller === undefined) throw new AppError("internal", "a request came past the admission");
  return caller;
};

const hasPlainJson = (request: FastifyRequest): boolean => isPlainJson(header(request, "content-type"), header(request, "content-encoding"));

const refuseMessage = (reply: FastifyReply, fault: EnvelopeFault): FastifyReply => {
  switch (fault.reason) {
    case "malformed":
      return refuse(reply, refusals.malformed);
    case "batch":
      return refuse(reply, refusals.batch);
    case "invalid":
      return refuse(reply, refusals.invalidMessage, fault.id);
    default: {
      const never: never = fault;
      return never;
    }
  }
};

const untakenRefusal: Readonly<Record<Untaken, Refusal>> = {
  duplicate_id: refusals.duplicateId,
  too_many: refusals.tooManyRequests,
  not_reading: refusals.notReading,
};

const noSessionRefusal: Readonly<Record<NoSession, Refusal>> = {
  subject_full: refusals.tooManySessions,
  full: refusals.full,
  draining: refusals.full,
};

/** Whatever was not foreseen: a constant answer, and the rest in the log under the request's reference. */
const answerError = ({ log }: McpRouteOptions, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const status = error instanceof Error && "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : 500;
  if (status === 413) return refuse(reply, refusals.tooLarge);
  if (status === 415) return refuse(reply, refusals.notJson);
  if (status >= 400 && status < 500) return refuse(reply, { ...refusals.invalidMessage, status });
  log.error({ err: error, reference: request.id }, "a request failed");
  return refuse(reply, error instanceof AppError && error.retryable ? refusals.unavailable : refusals.failed);
};
