import type { Clock } from "@mcp-auth-proxy/contracts";
import { createDrain, createHttpApp, mountHealth, type CertificatePair, type Drain, type Service } from "@mcp-auth-proxy/http";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { FastifyInstance } from "fastify";
import { isErrno } from "./errno.ts";
import { StartError } from "./start-error.ts";

export interface StandaloneApp {
  readonly app: FastifyInstance;
  readonly drain: Drain;
}

export interface StandaloneAppOptions {
  readonly services: readonly Service[];
  readonly trustedProxies: readonly string[];
  /** The listener speaks TLS with it; else plain HTTP. */
  readonly tls?: CertificatePair | undefined;
  readonly log: Log;
  readonly clock: Clock;
}

/** One listener for the routes of all services. */
export const createStandaloneApp = async ({ services, trustedProxies, tls, log, clock }: StandaloneAppOptions): Promise<StandaloneApp> => {
  const app = createHttpApp({ log, clock, trustedProxies, ...(tls === undefined ? {} : { tls }) });
  const drain = createDrain(app);
  mountHealth(app, () => services, () => drain.isDraining());
  for (const service of services) await service.routes?.(app);
  await app.ready();
  return { app, drain };
};

const listenProblem = (cause: unknown, where: string): string | undefined => {
  if (isErrno(cause, "EADDRINUSE")) return `something else listens on ${where} already: stop it, or choose another PORT`;
  if (isErrno(cause, "EACCES")) return `this user may not listen on ${where}: choose a PORT above 1023`;
  if (isErrno(cause, "EADDRNOTAVAIL")) return `${where} is no address of this machine: change BIND_ADDRESS`;
  return undefined;
};

/** Starts to listen; a port that can not be had is said in a sentence. */
export const listen = async (app: FastifyInstance, { host, port }: { readonly host: string; readonly port: number }): Promise<void> => {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    const where = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
    const problem = listenProblem(cause, where);
    throw problem === undefined ? cause : new StartError(1, [problem], cause);
  }
};
