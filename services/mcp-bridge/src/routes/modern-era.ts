import type { FastifyReply, FastifyRequest } from "fastify";
import { type Acceptance, headerValues, readAccept } from "../guard/headers.ts";
import type { ToolPolicy } from "../guard/policy.ts";
import { refusals } from "../guard/refusal.ts";
import { accountPage } from "../inject/account-page.ts";
import { provide } from "../inject/provision.ts";
import type { BridgeLimits } from "../limits.ts";
import type { Era } from "../children/era-probe.ts";
import type { Eras } from "../registry/eras.ts";
import { ModernOutlet } from "../relay/modern/outlet.ts";
import type { ModernChild, ModernRelays } from "../relay/modern/relays.ts";
import type { ToolFacts } from "../relay/modern/tool-schemas.ts";
import type { StdioServer } from "../config.ts";
import type { Envelope } from "../wire/envelope.ts";
import { textAt } from "../wire/json-document.ts";
import type { JsonRpcId } from "../wire/json-rpc.ts";
import { type ModernError, modernErrorMessage, modernErrors, unsupportedVersion } from "../wire/rev-2026-07-28/errors.ts";
import { modernRevisions } from "../wire/rev-2026-07-28/names.ts";
import { checkParameterHeaders } from "../wire/rev-2026-07-28/parameter-headers.ts";
import { type ModernRequest, readModernRequest } from "../wire/rev-2026-07-28/request.ts";
import { checkMethodHeaders, checkVersionHeader, type HeaderValues } from "../wire/rev-2026-07-28/standard-headers.ts";
import { askForAccount } from "./account-answer.ts";
import { type AdmissionOptions, header, stillAdmitted } from "./admission.ts";
import type { Endpoint } from "./endpoint.ts";
import { refuse } from "./refuse.ts";
import { callerOf, headersSoFar } from "./scope.ts";

export interface ModernRouteOptions {
  readonly endpoint: Endpoint;
  readonly admission: AdmissionOptions;
  readonly relays: ModernRelays;
  readonly eras: Eras;
  readonly policyOf: (server: StdioServer) => ToolPolicy;
  readonly limits: BridgeLimits;
}

/** POST of revision 2026-07-28 (Streamable HTTP): one request that brings everything along, or a notification. */
export const postModern = (
  options: ModernRouteOptions,
  envelope: Exclude<Envelope, { kind: "response" }>,
  body: Buffer,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply | undefined => {
  // This revision has no notifications from clients over HTTP: taken, and meant for nobody.
  if (envelope.kind === "notification") return reply.code(202).send();
  const { id, method } = envelope;
  const headers: HeaderValues = (name) => headerValues(request.raw.rawHeaders, name);

  const { server } = options.endpoint;
  const provided = provide(server, envelope, body, request.account);
  const given = provided.ok ? provided.value : body;
  const policed = method === "tools/call" ? options.policyOf(server).call(given) : undefined;
  const read = readModernRequest(policed?.ok === true ? policed.value : given, id, method);
  if (!read.ok) return refuseModern(reply, read.error, id);
  const message = read.value;

  const badVersion = checkVersionHeader(headers, message);
  if (badVersion !== undefined) return refuseModern(reply, badVersion, id);
  if (!modernRevisions.includes(message.version)) return refuseModern(reply, unsupportedVersion(modernRevisions, message.version), id);
  const badHeader = checkMethodHeaders(headers, message);
  if (badHeader !== undefined) return refuseModern(reply, badHeader, id);
  if (policed?.ok === false) return refuseModern(reply, policed.error === "ambiguous" ? modernErrors.duplicateMember : modernErrors.unknownTool, id);

  const acceptance = readAccept(header(request, "accept"));
  if (!acceptance.json && !acceptance.eventStream) return refuse(reply, refusals.notAcceptable, id);

  if (!provided.ok && provided.error === "ambiguous") return refuseModern(reply, modernErrors.duplicateMember, id);
  if (!provided.ok && provided.error !== "ambiguous") return askForAccount(reply, provided.error, message, accountPage(options.admission.externalUrl));

  // What is known already must not cost a turn of the event loop.
  const era = options.eras.known(options.endpoint.server);
  if (era?.kind === "modern" && method !== "tools/call") return pass(options, era, message, acceptance, request, reply);
  void passLater(options, message, headers, acceptance, request, reply).catch((fault: unknown) => {
    if (!reply.sent) void reply.send(fault);
  });
  return undefined;
};

/** The rest of the way for what has to wait: for the server's era, or for what it says about a tool. */
const passLater = async (
  options: ModernRouteOptions,
  message: ModernRequest,
  headers: HeaderValues,
  acceptance: Acceptance,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> => {
  const { endpoint, admission, eras, relays } = options;
  const era = eras.known(endpoint.server) ?? (await eras.find(endpoint.server, request.outfit));
  if (!stillAdmitted(admission, request, reply)) return;
  if (era?.kind === "modern" && message.method === "tools/call") {
    const child = relays.use(callerOf(request), endpoint.server, request.outfit);
    const fault = child.ok ? await callFault(options, child.value, message, headers) : child.error;
    if (fault !== undefined) {
      refuseModern(reply, fault, message.id);
      return;
    }
  }
  // Its client has gone away meanwhile: nobody waits for it, and nothing may happen.
  if (reply.raw.destroyed || !stillAdmitted(admission, request, reply)) return;
  pass(options, era, message, acceptance, request, reply);
};

const pass = (
  { endpoint, relays }: ModernRouteOptions,
  era: Era | undefined,
  message: ModernRequest,
  acceptance: Acceptance,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply => {
  if (era === undefined) return refuseModern(reply, modernErrors.unavailable, message.id);
  if (era.kind === "legacy") return refuseModern(reply, unsupportedVersion(era.revisions, message.version), message.id);
  const child = relays.use(callerOf(request), endpoint.server, request.outfit);
  if (!child.ok) return refuseModern(reply, child.error, message.id);
  const outlet = new ModernOutlet({ response: reply.raw, headers: headersSoFar(reply), caller: callerOf(request) });
  const untaken = child.value.relay.request(message, outlet, acceptance);
  return untaken === undefined ? reply.hijack() : refuseModern(reply, untaken, message.id);
};

/** Holds the `Mcp-Param-*` headers of a call to its arguments, as the tool's own schema says which there must be. */
const callFault = async (
  { limits }: ModernRouteOptions,
  { schemas }: ModernChild,
  message: ModernRequest,
  headers: HeaderValues,
): Promise<ModernError | undefined> => {
  const tools = schemas.current() ?? (await schemas.ask(limits.toolListMs));
  const fault = faultIn(tools, message, headers);
  if (tools === undefined) return fault;
  // The tool may have changed since it was listed: nobody is refused by an old list.
  return fault === undefined ? undefined : faultIn(await schemas.ask(oldestToRefuseByMs), message, headers);
};

const oldestToRefuseByMs = 1_000;

const faultIn = (tools: ReadonlyMap<string, ToolFacts> | undefined, { name = "", document }: ModernRequest, headers: HeaderValues): ModernError | undefined => {
  if (tools === undefined) return modernErrors.toolsUnknown;
  const tool = tools.get(name);
  if (tool === undefined) return undefined;
  if (tool.secretive) return modernErrors.unknownTool;
  if (tool.parameters.length === 0) return undefined;
  const at = document.body.get("arguments");
  return checkParameterHeaders(tool.parameters, at === undefined ? undefined : JSON.parse(textAt(document, at)), headers);
};

const refuseModern = (reply: FastifyReply, error: ModernError, id: JsonRpcId): FastifyReply => {
  if (error.retryAfter !== undefined) reply.header("retry-after", error.retryAfter);
  return reply.code(error.status).type("application/json").send(modernErrorMessage(id, error));
};
