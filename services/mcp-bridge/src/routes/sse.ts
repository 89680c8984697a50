import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { readAccept } from "../guard/headers.ts";
import { type Refusal, refusals } from "../guard/refusal.ts";
import { accountError, accountPage } from "../inject/account-page.ts";
import type { NoLease } from "../inject/lease.ts";
import { isWorn } from "../inject/outfit.ts";
import { provide } from "../inject/provision.ts";
import type { BridgeLimits } from "../limits.ts";
import { Outlet } from "../relay/outlet.ts";
import type { SessionDirectory } from "../sessions/directory.ts";
import type { Session } from "../sessions/session.ts";
import { readEnvelope } from "../wire/envelope.ts";
import { header, queryOf } from "./admission.ts";
import type { Endpoint } from "./endpoint.ts";
import { answerWithoutAccount } from "./account-answer.ts";
import { postToEvents } from "./plain-post.ts";
import { refuse } from "./refuse.ts";
import { noSessionRefusal } from "./relay-refusals.ts";
import { admittedScope, callerOf, headersSoFar, type ScopeOptions } from "./scope.ts";

export interface SseRouteOptions extends ScopeOptions {
  readonly endpoint: Endpoint;
  readonly directory: SessionDirectory;
  readonly limits: BridgeLimits;
}

/** The revision of HTTP+SSE, which every client of that transport speaks. */
const sseRevision = "2024-11-05";

/**
 * HTTP+SSE (MCP 2024-11-05, transports), for clients that know no other: the session is the stream, the first event
 * says where to post. And a stream without a handshake for clients that post plain JSON-RPC.
 */
export const mountSse = async (app: FastifyInstance, options: SseRouteOptions): Promise<void> => {
  await admittedScope(app, options, (scope) => {
    const { endpoint, limits } = options;
    const shared = { bodyLimit: limits.bodyBytes, exposeHeadRoute: false, config: { quiet: true } };
    for (const path of [...endpoint.ssePaths, ...endpoint.messagePaths, ...endpoint.eventPaths]) scope.options(path, shared, (_request, reply) => void reply.code(204).send());
    for (const path of endpoint.ssePaths) scope.get(path, shared, (request, reply) => void stream(options, "sse", request, reply));
    for (const path of endpoint.messagePaths) scope.post(path, shared, (request, reply) => void post(options, request, reply));
    for (const path of endpoint.eventPaths) scope.get(path, shared, (request, reply) => void stream(options, "events", request, reply));
  });
};

const stream = ({ endpoint, directory, admission }: SseRouteOptions, kind: "sse" | "events", request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  if (!readAccept(header(request, "accept")).eventStream) return refuse(reply, refusals.streamNotAcceptable);
  const caller = callerOf(request);
  const former = kind === "events" ? directory.listeningTo(caller, endpoint.server) : undefined;
  if (isWorn(endpoint.server.inject) && request.account?.lease.ok === false) return refuse(reply, noAccount(request.account.lease.error, admission.externalUrl));
  const session = former === undefined ? directory.open(caller, endpoint.server, sseRevision, kind, request.outfit) : { ok: true as const, value: former };
  if (!session.ok) return refuse(reply, noSessionRefusal[session.error]);
  const greeting = kind === "sse" ? { greeting: { event: "endpoint", data: messageUrl(endpoint, session.value) } } : {};
  session.value.relay.listen(new Outlet({ response: reply.raw, headers: headersSoFar(reply), caller, ...greeting }));
  // The session is its stream; where another stream has taken its place, it goes on.
  reply.raw.once("close", () => {
    if (session.value.relay.listener === undefined) void directory.end(session.value);
  });
  return reply.hijack();
};

/** There is no message yet that an error could answer. */
const noAccount = (reason: NoLease, externalUrl: string): Refusal => ({ status: 503, error: accountError(reason, accountPage(externalUrl), false) });

/** Relative to the origin of the stream: a client takes no other origin. Knowing the id is no authentication. */
const messageUrl = ({ messagePath }: Endpoint, { id }: Session): string => `${messagePath}?session=${id}`;

const post = ({ endpoint, directory, admission }: SseRouteOptions, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const { body } = request;
  if (!Buffer.isBuffer(body)) return refuse(reply, refusals.notJson);
  const id = new URLSearchParams(queryOf(request)).get("session");
  const session = id === null ? undefined : directory.use(id, callerOf(request), endpoint.server, "sse", request.outfit);
  if (session === undefined) return refuse(reply, refusals.sessionUnknown);
  const read = readEnvelope(body);
  if (!read.ok) return refuse(reply, read.error.reason === "malformed" ? refusals.malformed : read.error.reason === "batch" ? refusals.batch : refusals.invalidMessage);
  const envelope = read.value;
  const provided = provide(endpoint.server, envelope, body, request.account);
  if (!provided.ok && envelope.kind === "request") {
    return answerWithoutAccount(reply.code(503), provided.error, { id: envelope.id, page: accountPage(admission.externalUrl), opensUrls: false });
  }
  return postToEvents(session, { envelope, bytes: provided.ok ? provided.value : body }, reply);
};
