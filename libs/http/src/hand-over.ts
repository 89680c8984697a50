import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

/**
 * Has another app answer a request that nothing was read of yet: for `onRequest` hooks, which must not call `done` then.
 * The other one is `createHttpApp`'s too, ready, and listens nowhere: a router that listens takes no more routes.
 */
export const handOver = (request: FastifyRequest, reply: FastifyReply, to: FastifyInstance): void => {
  request.handedOver = true;
  reply.hijack();
  to.routing(request.raw, reply.raw);
};
