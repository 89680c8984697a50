import type { FastifyReply, FastifyRequest } from "fastify";
import { readAccept } from "../guard/headers.ts";
import { refusals } from "../guard/refusal.ts";
import { Outlet } from "../relay/outlet.ts";
import type { Posted, Request } from "../relay/stdio.ts";
import type { SessionDirectory } from "../sessions/directory.ts";
import type { Session } from "../sessions/session.ts";
import type { Envelope } from "../wire/envelope.ts";
import { sessionRevisions } from "../wire/revisions.ts";
import { header } from "./admission.ts";
import type { Endpoint } from "./endpoint.ts";
import { refuse } from "./refuse.ts";
import { noSessionRefusal, untakenRefusal } from "./relay-refusals.ts";
import { callerOf, headersSoFar } from "./scope.ts";

export interface PlainPostOptions {
  readonly endpoint: Endpoint;
  readonly directory: SessionDirectory;
}

/**
 * A POST without a session, undefined where it is to open one: for clients that know nothing but JSON-RPC over HTTP. The gateway has introduced itself to
 * a process for this person and client; a request is answered in the body, or on the stream of events that the
 * same sign-in holds open.
 */
export const postPlain = (options: PlainPostOptions, posted: Posted, request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined => {
  const { endpoint, directory } = options;
  const caller = callerOf(request);
  const listening = endpoint.server.transport === "sse" ? directory.listeningTo(caller, endpoint.server) : undefined;
  if (listening !== undefined) {
    listening.fit(request.outfit);
    return postToEvents(listening, posted, reply);
  }
  const { envelope, bytes } = posted;
  if (envelope.kind === "request" && envelope.method === "initialize") return undefined;
  if (envelope.kind !== "request") return refuse(reply, refusals.sessionMissing);

  const opened = directory.open(caller, endpoint.server, sessionRevisions[0], "plain", request.outfit);
  if (!opened.ok) return refuse(reply, noSessionRefusal[opened.error], envelope.id);
  const accept = header(request, "accept");
  const acceptance = accept === undefined ? { json: true, eventStream: false } : readAccept(accept);
  const outlet = new Outlet({ response: reply.raw, headers: headersSoFar(reply), caller });
  // It lasts for this one request, however that ends.
  reply.raw.once("close", () => void directory.end(opened.value));
  const untaken = opened.value.relay.request(envelope, bytes, outlet, acceptance);
  return untaken === undefined ? reply.hijack() : refuse(reply, untakenRefusal[untaken], envelope.id);
};

/** Everything that comes back comes on the session's own stream. */
export const postToEvents = ({ relay }: Session, { envelope, bytes }: Posted, reply: FastifyReply): FastifyReply => {
  const untaken = isRequest(envelope) ? relay.request(envelope, bytes, undefined, { json: true, eventStream: true }) : relay.post(envelope, bytes);
  if (untaken === undefined) return reply.code(202).send();
  return refuse(reply, untakenRefusal[untaken], isRequest(envelope) ? envelope.id : undefined);
};

const isRequest = (envelope: Envelope): envelope is Request => envelope.kind === "request";
