import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import type { FastifyReply, FastifyRequest } from "fastify";
import { readAccept } from "../guard/headers.ts";
import { type Refusal, refusals } from "../guard/refusal.ts";
import type { BridgeLimits } from "../limits.ts";
import { Outlet } from "../relay/outlet.ts";
import type { SessionDirectory } from "../sessions/directory.ts";
import type { Session } from "../sessions/session.ts";
import { readBatch } from "../wire/batch.ts";
import { checkVersionHeader } from "../wire/classify.ts";
import type { Envelope } from "../wire/envelope.ts";
import { opensUrlsIn } from "../wire/initialize-request.ts";
import { askedVersionIn } from "../wire/initialize-result.ts";
import { header } from "./admission.ts";
import type { Endpoint } from "./endpoint.ts";
import { refuse } from "./refuse.ts";
import { postPlain } from "./plain-post.ts";
import { noSessionRefusal, untakenRefusal } from "./relay-refusals.ts";
import { callerOf, headersSoFar } from "./scope.ts";

const sessionHeader = "mcp-session-id";

export interface SessionRouteOptions {
  readonly endpoint: Endpoint;
  readonly directory: SessionDirectory;
  readonly limits: BridgeLimits;
}

/** POST of the revisions with sessions (2025-03-26 to 2025-11-25, transports): one message, read and classified. */
export const postInSession = (options: SessionRouteOptions, envelope: Envelope, body: Buffer, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const id = envelope.kind === "request" ? envelope.id : undefined;
  const acceptance = readAccept(header(request, "accept"));
  if (!acceptance.json && !acceptance.eventStream) return refuse(reply, refusals.notAcceptable, id);

  const plain = header(request, sessionHeader) === undefined ? postPlain(options, { envelope, bytes: body }, request, reply) : undefined;
  if (plain !== undefined) return plain;

  const session = sessionFor(options, envelope, body, request);
  if (!session.ok) return refuse(reply, session.error, id);

  return envelope.kind === "request"
    ? relayRequest(session.value, envelope, body, request, reply)
    : relayOther(session.value, envelope, body, reply);
};

/** POST of several messages at once: of 2025-03-26 only, and taken back by the next revision. */
export const postBatchInSession = (options: SessionRouteOptions, body: Buffer, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  if (header(request, sessionHeader) === undefined) return refuse(reply, refusals.batch);
  const acceptance = readAccept(header(request, "accept"));
  if (!acceptance.json && !acceptance.eventStream) return refuse(reply, refusals.notAcceptable);
  const session = existingSession(options, request);
  if (!session.ok) return refuse(reply, session.error);
  const { relay } = session.value;
  if (relay.revision !== "2025-03-26") return refuse(reply, refusals.batch);
  const messages = readBatch(body, options.limits.batchMessages);
  if (!messages.ok) return refuse(reply, refusals.invalidBatch);
  const untaken = relay.batch(messages.value, outletFor(session.value, request, reply), acceptance);
  if (untaken !== undefined) return refuse(reply, untakenRefusal[untaken]);
  return messages.value.some(({ envelope }) => envelope.kind === "request") ? reply.hijack() : reply.code(202).send();
};

/** GET: the stream for what the server says unasked. Without a session there is none, and 405 says so. */
export const listenInSession = (options: SessionRouteOptions, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  if (header(request, sessionHeader) === undefined) return refuse(reply, refusals.noStreamHere);
  const fault = checkVersionHeader(header(request, "mcp-protocol-version"));
  if (fault !== undefined) return refuse(reply, { status: 400, error: fault });
  if (!readAccept(header(request, "accept")).eventStream) return refuse(reply, refusals.streamNotAcceptable);
  const session = existingSession(options, request);
  if (!session.ok) return refuse(reply, session.error);
  const { relay } = session.value;
  const outlet = outletFor(session.value, request, reply);
  const lastEventId = header(request, "last-event-id");
  if (lastEventId === undefined) relay.listen(outlet);
  else if (relay.resume(outlet, lastEventId) !== undefined) return refuse(reply, refusals.eventUnknown);
  return reply.hijack();
};

/** DELETE. */
export const endSession = (options: SessionRouteOptions, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
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

const isInitialize = (envelope: Envelope): boolean => envelope.kind === "request" && envelope.method === "initialize";

const sessionFor = (options: SessionRouteOptions, envelope: Envelope, body: Buffer, request: FastifyRequest): Result<Session, Refusal> => {
  if (!isInitialize(envelope)) return existingSession(options, request);
  if (header(request, sessionHeader) !== undefined) {
    const existing = existingSession(options, request);
    return existing.ok ? err(refusals.sessionExists) : existing;
  }
  const opened = options.directory.open(callerOf(request), options.endpoint.server, askedVersionIn(body), "http", request.outfit);
  if (!opened.ok) return err(noSessionRefusal[opened.error]);
  opened.value.opensUrls = opensUrlsIn(body);
  return opened;
};

const existingSession = ({ directory, endpoint }: SessionRouteOptions, request: FastifyRequest): Result<Session, Refusal> => {
  const id = header(request, sessionHeader);
  if (id === undefined) return err(refusals.sessionMissing);
  const session = directory.use(id, callerOf(request), endpoint.server, "http", request.outfit);
  return session === undefined ? err(refusals.sessionUnknown) : ok(session);
};

const outletFor = (session: Session, request: FastifyRequest, reply: FastifyReply, opening = false): Outlet => {
  const headers = headersSoFar(reply);
  return new Outlet({
    response: reply.raw,
    headers: opening ? { ...headers, [sessionHeader]: session.id } : headers,
    caller: callerOf(request),
  });
};
