import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { refusals } from "../guard/refusal.ts";
import { readEnvelope } from "../wire/envelope.ts";
import { isModernMessage } from "../wire/rev-2026-07-28/claim.ts";
import { header } from "./admission.ts";
import { postModernToHttp } from "./http-server-modern.ts";
import type { HttpServerRouteOptions } from "./http-server-options.ts";
import { endHttpSession, listenInHttpSession, postInHttpSession } from "./http-server-session.ts";
import { refuse } from "./refuse.ts";
import { admittedScope } from "./scope.ts";

/** One MCP endpoint whose server is behind an address: what is sound goes on, and what comes back comes through. */
export const mountHttpServer = async (app: FastifyInstance, options: HttpServerRouteOptions): Promise<void> => {
  await admittedScope(app, options, (scope) => {
    const shared = { bodyLimit: options.limits.bodyBytes, exposeHeadRoute: false, config: { quiet: true } };
    for (const path of options.endpoint.paths) {
      // Not async: a reply is a promise of its own end, and a stream's end is nothing to wait for.
      scope.options(path, shared, (_request, reply) => void reply.code(204).send());
      scope.post(path, shared, (request, reply) => void post(options, request, reply));
      scope.get(path, shared, (request, reply) => void listenInHttpSession(options, request, reply));
      scope.delete(path, shared, (request, reply) => void endHttpSession(options, request, reply));
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
