import type { Log } from "@mcp-auth-proxy/telemetry";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { refusals } from "../guard/refusal.ts";
import { accountPage } from "../inject/account-page.ts";
import { provide } from "../inject/provision.ts";
import type { BridgeLimits } from "../limits.ts";
import type { SessionDirectory } from "../sessions/directory.ts";
import type { Eras } from "../registry/eras.ts";
import type { ModernRelays } from "../relay/modern/relays.ts";
import type { ToolPolicy } from "../guard/policy.ts";
import type { StdioServer } from "../config.ts";
import { classify } from "../wire/classify.ts";
import { type EnvelopeFault, readEnvelope } from "../wire/envelope.ts";
import { opensUrlsIn } from "../wire/initialize-request.ts";
import { isModernMessage } from "../wire/rev-2026-07-28/claim.ts";
import { answerWithoutAccount, type AskedInSession } from "./account-answer.ts";
import type { AccountFinder } from "./account.ts";
import { type AdmissionOptions, header } from "./admission.ts";
import type { Endpoint } from "./endpoint.ts";
import { postModern } from "./modern-era.ts";
import { refuse } from "./refuse.ts";
import { admittedScope, callerOf } from "./scope.ts";
import { endSession, listenInSession, postBatchInSession, postInSession } from "./session-era.ts";

export interface McpRouteOptions {
  readonly endpoint: Endpoint;
  readonly admission: AdmissionOptions;
  readonly directory: SessionDirectory;
  readonly relays: ModernRelays;
  readonly eras: Eras;
  readonly policyOf: (server: StdioServer) => ToolPolicy;
  readonly limits: BridgeLimits;
  readonly log: Log;
  readonly account?: AccountFinder;
}

/** One MCP endpoint. The message decides which era answers; each era has a module of its own. */
export const mountMcp = async (app: FastifyInstance, options: McpRouteOptions): Promise<void> => {
  await admittedScope(app, options, (scope) => {
    const shared = { bodyLimit: options.limits.bodyBytes, exposeHeadRoute: false, config: { quiet: true } };
    for (const path of options.endpoint.paths) {
      // Not async: a reply is a promise of its own end, and a stream's end is nothing to wait for.
      scope.options(path, shared, (_request, reply) => void reply.code(204).send());
      scope.post(path, shared, (request, reply) => void post(options, request, reply));
      scope.get(path, shared, (request, reply) => void listenInSession(options, request, reply));
      scope.delete(path, shared, (request, reply) => void endSession(options, request, reply));
    }
  });
};

const post = (options: McpRouteOptions, request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined => {
  const { body } = request;
  if (!Buffer.isBuffer(body)) return refuse(reply, refusals.notJson);

  const read = readEnvelope(body);
  // A batch is sent whole or not at all, and a token belongs to one request.
  if (!read.ok && read.error.reason === "batch" && options.endpoint.server.inject !== undefined) return refuse(reply, refusals.batch);
  if (!read.ok) return read.error.reason === "batch" ? postBatchInSession(options, body, request, reply) : refuseMessage(reply, read.error);
  const envelope = read.value;

  const versionHeader = header(request, "mcp-protocol-version");
  if (envelope.kind !== "response" && isModernMessage(envelope, versionHeader)) return postModern(options, envelope, body, request, reply);
  const revision = classify(envelope, versionHeader);
  if (!revision.ok) return refuse(reply, { status: 400, error: revision.error }, envelope.kind === "request" ? envelope.id : undefined);
  const provided = provide(options.endpoint.server, envelope, body, request.account);
  if (!provided.ok && envelope.kind === "request") return answerWithoutAccount(reply, provided.error, { id: envelope.id, ...knownOf(options, body, request) });
  return postInSession(options, envelope, provided.ok ? provided.value : body, request, reply);
};

/** What the client said of itself, in its session or now that it opens one. */
const knownOf = ({ directory, endpoint, admission }: McpRouteOptions, body: Buffer, request: FastifyRequest): Pick<AskedInSession, "page" | "opensUrls"> => {
  const id = header(request, "mcp-session-id");
  const session = id === undefined ? undefined : directory.use(id, callerOf(request), endpoint.server);
  return { page: accountPage(admission.externalUrl), opensUrls: session?.opensUrls ?? opensUrlsIn(body) };
};

const refuseMessage = (reply: FastifyReply, fault: Exclude<EnvelopeFault, { reason: "batch" }>): FastifyReply => {
  switch (fault.reason) {
    case "malformed":
      return refuse(reply, refusals.malformed);
    case "invalid":
      return refuse(reply, refusals.invalidMessage, fault.id);
    default: {
      const never: never = fault;
      return never;
    }
  }
};
