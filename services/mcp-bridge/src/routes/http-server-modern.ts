import type { FastifyReply, FastifyRequest } from "fastify";
import { headerValues, readAccept } from "../guard/headers.ts";
import { refusals } from "../guard/refusal.ts";
import { accountPage } from "../inject/account-page.ts";
import { canCarry, carriesToken } from "../inject/params.ts";
import { requestDigest, type StateBinding } from "../relay/modern/request-states.ts";
import { modernLook } from "../upstream-http/answers.ts";
import { forwardedRequest } from "../upstream-http/modern-request.ts";
import type { Envelope } from "../wire/envelope.ts";
import { type ModernError, modernErrorMessage, modernErrors, unsupportedVersion } from "../wire/rev-2026-07-28/errors.ts";
import { listenMethod, modernRevisions } from "../wire/rev-2026-07-28/names.ts";
import { readModernRequest } from "../wire/rev-2026-07-28/request.ts";
import { checkMethodHeaders, checkVersionHeader, type HeaderValues } from "../wire/rev-2026-07-28/standard-headers.ts";
import { askForAccount } from "./account-answer.ts";
import { header } from "./admission.ts";
import type { HttpServerRouteOptions } from "./http-server-options.ts";
import { refuse } from "./refuse.ts";
import { callerOf, headersSoFar } from "./scope.ts";

/** POST of revision 2026-07-28 to a server behind an address, which holds `Mcp-Param-*` headers to its tools' schemas itself. */
export const postModernToHttp = (
  options: HttpServerRouteOptions,
  envelope: Exclude<Envelope, { kind: "response" }>,
  body: Buffer,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply => {
  // This revision has no notifications from clients over HTTP: taken, and meant for nobody.
  if (envelope.kind === "notification") return reply.code(202).send();
  const { id, method } = envelope;
  const { policy, endpoint, states, relays, limits, admission } = options;
  const { server } = endpoint;
  const headers: HeaderValues = (name) => headerValues(request.raw.rawHeaders, name);
  const refused = (error: ModernError): FastifyReply => {
    if (error.retryAfter !== undefined) reply.header("retry-after", error.retryAfter);
    return reply.code(error.status).type("application/json").send(modernErrorMessage(id, error));
  };

  const called = method === "tools/call" ? policy.call(body) : undefined;
  const read = readModernRequest(called?.ok === true ? called.value : body, id, method);
  if (!read.ok) return refused(read.error);
  const message = read.value;
  const badVersion = checkVersionHeader(headers, message);
  if (badVersion !== undefined) return refused(badVersion);
  if (!modernRevisions.includes(message.version)) return refused(unsupportedVersion(modernRevisions, message.version));
  const badHeader = checkMethodHeaders(headers, message);
  if (badHeader !== undefined) return refused(badHeader);
  if (called?.ok === false) return refused(called.error === "ambiguous" ? modernErrors.duplicateMember : modernErrors.unknownTool);
  const acceptance = readAccept(header(request, "accept"));
  if (!acceptance.json && !acceptance.eventStream) return refuse(reply, refusals.notAcceptable, id);

  const caller = callerOf(request);
  const binding = (): StateBinding => ({ caller: { subject: caller.subject, client: caller.client }, resource: server.resource, method, digest: requestDigest(message) });
  const state = message.requestState === undefined ? undefined : states.open(message.requestState.value, binding());
  if (message.requestState !== undefined && state === undefined) return refused(modernErrors.stateRefused);

  const page = accountPage(admission.externalUrl);
  const { account } = request;
  const withParams = server.inject?.kind === "params" && carriesToken(method);
  const needed = server.inject?.kind === "header" || withParams;
  if (needed && account?.lease.ok === false) return askForAccount(reply, account.lease.error, message, page);
  const forwarded = forwardedRequest(message, state);
  if (withParams && !canCarry(forwarded, account)) return refused(modernErrors.duplicateMember);

  const passed = relays.pass({
    server,
    caller,
    account: needed ? account : undefined,
    method: "POST",
    identity: request.identity,
    rawHeaders: request.raw.rawHeaders,
    body: forwarded,
    withParams,
    session: undefined,
    look: modernLook({ policy, states, method, binding }),
    asked: { id, page, opensUrls: false },
    deadlineMs: method === listenMethod ? undefined : limits.requestMs,
    response: reply.raw,
    headers: headersSoFar(reply),
    opening: false,
    taken: () => void reply.hijack(),
  });
  return passed.ok ? reply : refuse(reply, passed.error, id);
};
