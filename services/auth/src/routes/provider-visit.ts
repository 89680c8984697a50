import { randomToken } from "@mcp-auth-proxy/crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Need } from "../accounts/connections.ts";
import { addressKey, overRate } from "../limits/rate.ts";
import type { AuthParts } from "../parts.ts";
import { cookieFingerprint } from "../pending/authorizations.ts";
import { openVisit, type Visit, type VisitPerson } from "../pending/visits.ts";
import { UpstreamError } from "../upstream/upstream-error.ts";
import type { UpstreamProvider } from "../upstream/upstream-provider.ts";
import { renderLeaving } from "../views/leaving.ts";
import { PageError } from "./page-error.ts";
import { languageOf, sendPage } from "./pages.ts";
import { sendProviderProblem } from "./provider-problem.ts";
import { sourceOf } from "./request-source.ts";
import { setTransactionCookie } from "./transaction-cookies.ts";

/** A browser that is about to go to a provider. Only after the consent, or from a person's own account page (A7.5). */
export interface Leaving {
  readonly provider: UpstreamProvider;
  readonly purpose: Visit["purpose"];
  readonly cookieId: string;
  /** What this browser alone has, and has to bring back (A02). */
  readonly bindingCookie: string;
  /** The server that the tokens are kept for. */
  readonly need?: Need | undefined;
  /** Who it is already; absent: the visit is the sign-in. */
  readonly person?: VisitPerson | undefined;
  readonly asksConsent?: boolean;
  readonly asksAccount?: boolean;
  /**
   * A redirect in answer to a link. A page everywhere else: Chromium holds a redirect out of a form post to `form-action`,
   * ours and that of the provider that the browser just came from.
   */
  readonly how: "redirect" | "page";
}

/** Where a provider sends people back to. */
export const callbackUrl = (issuer: string, { id, ownCallback = false }: UpstreamProvider): string => `${issuer}/auth/${ownCallback ? `${id}/` : ""}callback`;

/** What is kept of a sign-in for a server: nothing where it needs another provider's account, or has a client of its own there. */
export const keptFor = (need: Need | undefined, provider: UpstreamProvider): Need | undefined =>
  need !== undefined && need.provider.id === provider.id && need.connection.client === undefined ? need : undefined;

const keepVisit = async (parts: AuthParts, request: FastifyRequest, state: string, visit: Visit, bindingCookie: string): Promise<void> => {
  const { store, keys, kv, clock, config } = parts;
  const { address, known } = await sourceOf(parts, request);
  const { signInsPerAddress, signInWindowMs, pendingPerAddress: perAddress, pendingInAll, upstreamTtlMs } = config.limits;
  const wait = await overRate(kv, [{ key: addressKey(keys, "upstream-visit", address), most: signInsPerAddress, windowMs: signInWindowMs }]);
  if (wait !== undefined) throw new PageError("too-many", "visits of one address");
  const opened = await openVisit(store, keys, {
    state,
    visit,
    bindingFingerprint: cookieFingerprint(keys, "binding", bindingCookie),
    address,
    quota: { perAddress, inAll: known ? Number.MAX_SAFE_INTEGER : pendingInAll },
    now: clock.now(),
    ttlMs: upstreamTtlMs,
  });
  if (!opened.ok) throw new PageError("too-many", opened.error);
};

/** Sends the browser to a provider, with a state, a nonce and a verifier of this visit alone; or says that it can not be reached. */
export const leaveForProvider = async (parts: AuthParts, request: FastifyRequest, reply: FastifyReply, leaving: Leaving): Promise<FastifyReply> => {
  const { provider, purpose, cookieId, bindingCookie, need, person, asksConsent = false, asksAccount = false } = leaving;
  const client = parts.upstream.clientOf(provider, person === undefined ? undefined : need?.connection.client);
  const secrets = { state: randomToken(32), nonce: randomToken(32), verifier: randomToken(48) };
  const redirectUri = callbackUrl(parts.config.issuer, provider);
  const asked = { scopes: need?.connection.scopes ?? [], keeps: need !== undefined };
  let target: string;
  let scope: string;
  try {
    scope = await client.scopeOf(asked);
    target = await client.authorizationUrl({ ...secrets, ...asked, redirectUri, asksConsent, asksAccount });
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    parts.log.warn({ err: error, reference: request.id, provider: provider.id }, "a provider could not be asked");
    return sendProviderProblem(parts, request, reply, { purpose, provider, problem: error.failure === "unavailable" ? "unavailable" : "failed" });
  }
  const { nonce, verifier } = secrets;
  const kept = need === undefined ? {} : { resource: need.server.resource };
  const visit: Visit = { provider: provider.id, redirectUri, ...kept, scope, askedConsent: asksConsent, nonce, verifier, cookieId, purpose, ...(person === undefined ? {} : { person }) };
  await keepVisit(parts, request, secrets.state, visit, bindingCookie);
  setTransactionCookie(reply, "binding", cookieId, bindingCookie, parts.config);
  if (leaving.how === "redirect") return reply.code(303).headers({ location: target, "cache-control": "no-store", "referrer-policy": "no-referrer" }).send();
  return sendPage(reply, 200, renderLeaving({ language: languageOf(request), provider: provider.displayName, server: need?.server.displayName, target }));
};
