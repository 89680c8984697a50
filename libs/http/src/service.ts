import type { FastifyInstance } from "fastify";

/**
 * Whether a service can do its work now, and if not, why; `warnings`: what does not keep it from working. Shown by
 * /readyz: no secrets, no personal data.
 */
export type Readiness = { readonly ready: true; readonly warnings?: readonly string[] } | { readonly ready: false; readonly reasons: readonly string[] };

/**
 * What a service's `compose` hands out; standalone and `main` treat every service alike.
 * Order: start all, mount routes, listen; then drain, stop in reverse.
 */
export interface Service {
  readonly name: string;
  /** Mounts the service's HTTP routes; absent where it has none. */
  readonly routes?: (app: FastifyInstance) => void | Promise<void>;
  /** Serves the bus, loads what must be there before the first request. Rejects when it can not. */
  start(): Promise<void>;
  readiness(): Readiness;
  /** Refuses new work, waits for what is under way (at most `deadlineMs`), then releases everything. Twice is safe. */
  stop(deadlineMs: number): Promise<void>;
}
