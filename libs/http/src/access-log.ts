import type { Clock } from "@mcp-auth-proxy/contracts";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { FastifyInstance } from "fastify";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Not worth a line at info, for example a health probe. */
    readonly quiet?: boolean;
  }
  interface FastifyRequest {
    /** Epoch ms. */
    receivedAt: number;
  }
}

/** One line a request, with the route's pattern: the URL itself may hold a code or a state. */
export const logRequests = (app: FastifyInstance, log: Log, clock: Clock): void => {
  app.decorateRequest("receivedAt", 0);
  app.addHook("onRequest", async (request) => {
    request.receivedAt = clock.now();
  });
  app.addHook("onResponse", async (request, reply) => {
    const note = {
      reference: request.id,
      method: request.method,
      route: request.routeOptions.url ?? "unmatched",
      status: reply.statusCode,
      durationMs: clock.now() - request.receivedAt,
    };
    if (request.routeOptions.config.quiet === true) log.debug(note, "request");
    else log.info(note, "request");
  });
};
