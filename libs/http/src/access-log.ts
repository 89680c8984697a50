import type { Clock } from "@mcp-auth-proxy/contracts";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Not worth a line at info, for example a health probe. */
    readonly quiet?: boolean;
  }
  interface FastifyRequest {
    /** Epoch ms. */
    receivedAt: number;
    /** Another app answers it, and says so. See `handOver`. */
    handedOver: boolean;
  }
}

/** One line a request, with the route's pattern: the URL itself may hold a code or a state. */
export const logRequests = (app: FastifyInstance, log: Log, clock: Clock): void => {
  app.decorateRequest("receivedAt", 0);
  app.decorateRequest("handedOver", false);
  // With callbacks, as every hook that each request passes: a promise and its turn cost more than what is done in them.
  app.addHook("onRequest", (request, _reply, done) => {
    request.receivedAt = clock.now();
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    if (request.handedOver) return done();
    const level = request.routeOptions.config.quiet === true ? "debug" : "info";
    if (log.isLevelEnabled(level)) log[level](noteOf(request, reply, clock.now()), "request");
    done();
  });
};

const noteOf = (request: FastifyRequest, reply: FastifyReply, now: number) => ({
  reference: request.id,
  method: request.method,
  route: request.routeOptions.url ?? "unmatched",
  status: reply.statusCode,
  durationMs: now - request.receivedAt,
});
