import type { Caller } from "@mcp-auth-proxy/access-token";
import { AppError } from "@mcp-auth-proxy/contracts";
import { acceptJsonBytes, OAuthError } from "@mcp-auth-proxy/http";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { isPlainJson } from "../guard/headers.ts";
import { refusals } from "../guard/refusal.ts";
import type { AccountFinder } from "./account.ts";
import type { IdentityFinder } from "./identity.ts";
import { admit, type AdmissionOptions, header, stillAdmitted } from "./admission.ts";
import { refuse } from "./refuse.ts";

export interface ScopeOptions {
  readonly admission: AdmissionOptions;
  readonly log: Log;
  /** Finds the account that the server works with; absent where it works with none. */
  readonly account?: AccountFinder;
  /** Finds out who is calling; absent where the server is not told. */
  readonly identity?: IdentityFinder;
}

/** A scope in which every route is behind the admission, gets its body as bytes, and refuses as JSON-RPC. */
export const admittedScope = async (app: FastifyInstance, options: ScopeOptions, define: (scope: FastifyInstance) => void): Promise<void> => {
  await app.register(async (scope) => {
    acceptJsonBytes(scope);
    scope.decorateRequest("caller");
    scope.addHook("onRequest", (request, reply, done) => {
      const goOn = (admitted: boolean): void => {
        if (!admitted) return;
        if (request.method === "POST" && !hasPlainJson(request)) refuse(reply, refusals.notJson);
        else done();
      };
      const admitted = admit(options.admission, request, reply);
      if (typeof admitted === "boolean") goOn(admitted);
      else void admitted.then(goOn, (cause: unknown) => reply.send(cause instanceof Error ? cause : new AppError("internal", "no admission", cause)));
    });
    const { account, identity } = options;
    if (account !== undefined) {
      scope.addHook("preHandler", async (request) => {
        await account(request);
      });
    }
    if (identity !== undefined) scope.addHook("preHandler", identity);
    // After everything that had to be waited for.
    scope.addHook("preHandler", (request, reply, done) => {
      if (stillAdmitted(options.admission, request, reply)) done();
    });
    scope.setErrorHandler((error, request, reply) => answerError(options.log, error, request, reply));
    define(scope);
  });
};

/** Who is asking: known to every route behind the admission. */
export const callerOf = ({ caller }: FastifyRequest): Caller => {
  if (caller === undefined) throw new AppError("internal", "a request came past the admission");
  return caller;
};

/** The headers that were set so far, for a response that leaves Fastify. */
export const headersSoFar = (reply: FastifyReply): Record<string, string> => {
  const headers: Record<string, string> = {};
  const set = reply.getHeaders();
  for (const name of Object.keys(set)) {
    const value = set[name];
    if (value !== undefined) headers[name] = String(value);
  }
  return headers;
};

const hasPlainJson = (request: FastifyRequest): boolean => isPlainJson(header(request, "content-type"), header(request, "content-encoding"));

/** Whatever was not foreseen: a constant answer, and the rest in the log under the request's reference. */
const answerError = (log: Log, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  // What the listener itself refuses: a header that came twice, and everything while it drains.
  if (error instanceof OAuthError && error.code !== "server_error") return refuse(reply, error.status === 503 ? refusals.unavailable : { ...refusals.malformedRequest, status: error.status });
  const status = error instanceof Error && "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : 500;
  if (status === 413) return refuse(reply, refusals.tooLarge);
  if (status === 415) return refuse(reply, refusals.notJson);
  if (status >= 400 && status < 500) return refuse(reply, { ...refusals.invalidMessage, status });
  log.error({ err: error, reference: request.id }, "a request failed");
  return refuse(reply, error instanceof AppError && error.retryable ? refusals.unavailable : refusals.failed);
};
