import { bodyParameters, type Parameters } from "@mcp-auth-proxy/http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { appsOf, claimsOf } from "../accounts/apps.ts";
import { type BrowserSession, endSession, endSessions, sessionsOf } from "../accounts/sessions.ts";
import type { AuthConfig } from "../config.ts";
import { loginOf } from "../custody/subjects.ts";
import { revokeOwnGrants, signOutEverywhere } from "../grants/revocation.ts";
import type { AuthParts } from "../parts.ts";
import { activityOf } from "../read-models/activity.ts";
import { renderAccount } from "../views/account.ts";
import { renderOnward } from "../views/onward.ts";
import { accountConnections, connect, disconnect } from "./account-connections.ts";
import { accountForm, requireAccountToken } from "./account-form.ts";
import { basePath } from "./base-path.ts";
import { requireOurPage } from "./browser-transaction.ts";
import { PageError } from "./page-error.ts";
import { languageOf, sendPage } from "./pages.ts";
import { clearSessionCookie, currentSession, sessionCookie } from "./session-cookie.ts";

/** What the operator calls a provider or a server; its own word where neither is there any more. */
const nameOf = ({ providers, resources }: AuthConfig, about: string): string =>
  providers.find(({ id }) => id === about)?.displayName ?? resources.find(({ resource }) => resource === about)?.displayName ?? about;

const accountPage = async (parts: AuthParts, request: FastifyRequest, session: BrowserSession): Promise<string> => {
  const { config, store, keys, clock } = parts;
  const sql = store.sql;
  const now = clock.now();
  const { subjectId } = session;
  const activity = await activityOf(sql, subjectId);
  const claims = await claimsOf(sql, config.clients, activity.flatMap(({ clientId }) => clientId ?? []));
  return renderAccount({
    language: languageOf(request),
    form: accountForm(parts, "account", `${basePath(config.issuer)}/account`, sessionCookie(request, config)),
    login: (await loginOf(sql, keys, subjectId)) ?? "",
    apps: await appsOf(sql, config.clients, subjectId, now),
    sessions: (await sessionsOf(sql, subjectId, now)).map((each) => ({ ...each, isThis: each.sessionId === session.sessionId })),
    connections: await accountConnections(parts, session),
    activity: activity.map(({ at, kind, clientId, about }) => ({
      at,
      kind,
      app: clientId === undefined ? undefined : (claims.get(clientId)?.clientName ?? clientId),
      ours: about === undefined ? undefined : nameOf(config, about),
    })),
  });
};

const named = (parameters: Parameters, name: string): string => {
  const value = parameters.get(name);
  if (value === undefined) throw new PageError("bad-request", `${name} is missing`);
  return value;
};

/** What the page's buttons do; each can only reach what is this person's own. */
const carryOut = async (parts: AuthParts, session: BrowserSession, parameters: Parameters, correlationId: string): Promise<void> => {
  const { store } = parts;
  const { subjectId, sessionId } = session;
  const meta = { correlationId, actor: subjectId };
  const action = named(parameters, "action");
  switch (action) {
    case "end-app": {
      const app = { clientId: named(parameters, "client_id"), resource: named(parameters, "resource") };
      await revokeOwnGrants(parts, { subjectId, app }, meta);
      break;
    }
    case "end-apps":
      await revokeOwnGrants(parts, { subjectId }, meta);
      break;
    case "end-session": {
      const ended = named(parameters, "session_id");
      await store.transact(({ sql }) => endSession(sql, subjectId, ended));
      break;
    }
    case "end-other-sessions":
      await store.transact(({ sql }) => endSessions(sql, subjectId, sessionId));
      break;
    case "disconnect":
      await disconnect(parts, session, parameters, correlationId);
      break;
    case "sign-out":
      await store.transact(({ sql }) => endSession(sql, subjectId, sessionId));
      break;
    case "sign-out-everywhere":
      await signOutEverywhere(parts, { subjectId, apps: parameters.has("apps") }, meta);
      break;
    default:
      throw new PageError("bad-request", "no such action");
  }
  parts.log.info({ reference: correlationId, action }, "the account page was used");
};

/**
 * With SameSite=Strict a link on another site leads here without the session. A page of ours that goes on at once
 * makes it a visit from ourselves; nothing was shown or done on the way.
 */
const cameFromElsewhere = (request: FastifyRequest): boolean => {
  const site = request.headers["sec-fetch-site"];
  return site === "cross-site" || site === "same-site";
};

/** GET and POST /account: what a person gave, to whom, and how they take it back. */
export const accountRoutes = (scope: FastifyInstance, parts: AuthParts): void => {
  const { config } = parts;
  const path = `${basePath(config.issuer)}/account`;
  const toSignIn = (reply: FastifyReply): FastifyReply => reply.code(303).header("location", `${path}/sign-in`).send();

  scope.get(path, async (request, reply) => {
    const session = await currentSession(parts, request);
    if (session !== undefined) return sendPage(reply, 200, await accountPage(parts, request, session));
    if (cameFromElsewhere(request)) return sendPage(reply, 200, renderOnward({ language: languageOf(request), target: path }));
    return toSignIn(reply);
  });

  scope.post(path, async (request, reply) => {
    requireOurPage(request, config.issuer);
    const session = await currentSession(parts, request);
    if (session === undefined) return toSignIn(reply);
    const parameters = bodyParameters(request);
    requireAccountToken(parts, "account", sessionCookie(request, config), parameters);
    if (parameters.get("action") === "connect") return connect(parts, request, reply, session, parameters);
    await carryOut(parts, session, parameters, request.id);
    if ((await currentSession(parts, request)) === undefined) clearSessionCookie(reply, config);
    return reply.code(303).header("location", path).send();
  });
};
