import type { FastifyInstance } from "fastify";
import type { Readiness, Service } from "./service.ts";

const readinessOf = (service: Service): Readiness => {
  try {
    return service.readiness();
  } catch {
    // A check that can not be made is not a check that passed.
    return { ready: false, reasons: ["the check itself failed"] };
  }
};

/**
 * `/healthz`: the process lives. `/readyz`: 200 when every service is ready and `isDraining` does not say otherwise,
 * else 503 with the reasons; warnings do not change the status. Neither is logged at info.
 */
export const mountHealth = (app: FastifyInstance, services: () => readonly Service[], isDraining: () => boolean = () => false): void => {
  app.get("/healthz", { config: { quiet: true } }, async () => ({ status: "ok" }));
  app.get("/readyz", { config: { quiet: true } }, async (_request, reply) => {
    const all = services().map((service) => ({ name: service.name, readiness: readinessOf(service) }));
    const reasons = all.flatMap(({ name, readiness }) => (readiness.ready ? [] : readiness.reasons.map((reason) => `${name}: ${reason}`)));
    const warnings = all.flatMap(({ name, readiness }) => (readiness.ready ? (readiness.warnings ?? []).map((warning) => `${name}: ${warning}`) : []));
    if (isDraining()) reasons.unshift("draining");
    if (reasons.length === 0) return { status: "ready", ...(warnings.length === 0 ? {} : { warnings }) };
    return reply.code(503).send({ status: "unready", reasons });
  });
};
