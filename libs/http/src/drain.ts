import type { FastifyInstance } from "fastify";

export interface Drain {
  /** For `/readyz`: true from `announce` on. */
  isDraining(): boolean;
  /** Says unready and goes on serving, so that a load balancer has time to look. */
  announce(): void;
  /**
   * Stops accepting, answers 503 to what still arrives on open connections, waits for requests under way, and after
   * `deadlineMs` cuts what is left. Long streams end in the routes' own `preClose` hooks. Twice is safe.
   */
  close(deadlineMs: number): Promise<"ended" | "cut">;
}

/** Node closes idle connections once, when it stops listening; one that was busy then and is kept alive would hold us up. */
const idleEveryMs = 100;

export const createDrain = (app: FastifyInstance): Drain => {
  let draining = false;
  let closed: Promise<"ended" | "cut"> | undefined;

  const closeOnce = async (deadlineMs: number): Promise<"ended" | "cut"> => {
    let outcome: "ended" | "cut" = "ended";
    const deadline = setTimeout(() => {
      outcome = "cut";
      app.server.closeAllConnections();
    }, deadlineMs);
    const idle = setInterval(() => app.server.closeIdleConnections(), idleEveryMs);
    try {
      await app.close();
    } finally {
      clearTimeout(deadline);
      clearInterval(idle);
    }
    return outcome;
  };

  return {
    isDraining: () => draining,
    announce: () => {
      draining = true;
    },
    close: (deadlineMs) => {
      draining = true;
      closed ??= closeOnce(deadlineMs);
      return closed;
    },
  };
};
