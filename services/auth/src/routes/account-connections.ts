import { AppError } from "@mcp-auth-proxy/contracts";
import { randomToken } from "@mcp-auth-proxy/crypto";
import type { Parameters } from "@mcp-auth-proxy/http";
import type { FastifyReply, FastifyRequest } from "fastify";
import { connectionStates, needOf, unlink } from "../accounts/connections.ts";
import type { BrowserSession } from "../accounts/sessions.ts";
import { accessOfSubject } from "../accounts/subject-access.ts";
import type { AuthParts } from "../parts.ts";
import type { AccountConnection } from "../views/models.ts";
import { PageError } from "./page-error.ts";
import { leaveForProvider } from "./provider-visit.ts";

/** The accounts that servers need, and how things stand with each; without a status where the vault does not answer. */
export const accountConnections = async (parts: AuthParts, { subjectId }: BrowserSession): Promise<readonly AccountConnection[]> => {
  const needs = parts.config.resources.flatMap(({ resource }) => needOf(parts.config, resource) ?? []);
  const shown = needs.map(({ server, provider }) => ({ server: server.displayName, resource: server.resource, provider: provider.displayName }));
  try {
    const states = await connectionStates(parts, subjectId, needs);
    return shown.map((each, at) => {
      const state = states[at];
      return { ...each, ...(state === undefined ? {} : { status: state.status }), ...(state?.expiresAt === undefined ? {} : { expiresAt: state.expiresAt }) };
    });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    parts.log.warn({ err: error }, "the vault did not say what is connected");
    return shown;
  }
};

const requireNeed = ({ config }: AuthParts, parameters: Parameters) => {
  const need = needOf(config, parameters.get("resource") ?? "");
  if (need === undefined) throw new PageError("bad-request", "no server that needs an account");
  return need;
};

/** To the provider, for one server. It is asked anew for everything, so that what it gives lasts. */
export const connect = async (parts: AuthParts, request: FastifyRequest, reply: FastifyReply, session: BrowserSession, parameters: Parameters): Promise<FastifyReply> => {
  const need = requireNeed(parts, parameters);
  const { subjectId, sessionId } = session;
  if ((await accessOfSubject(parts, parts.store.sql, subjectId, need.server.resource)) !== "allowed") throw new PageError("not-allowed", "may not use this server");
  const person = { subjectId, sessionId, method: "session" } as const;
  const [cookieId, bindingCookie] = [randomToken(32), randomToken(32)];
  const asksConsent = need.provider.kind !== "github";
  return leaveForProvider(parts, request, reply, { provider: need.provider, need, person, purpose: { kind: "account" }, cookieId, bindingCookie, asksConsent, how: "page" });
};

/** What is kept for the server is forgotten; the apps keep their access to it, without the account. */
export const disconnect = async (parts: AuthParts, { subjectId }: BrowserSession, parameters: Parameters, correlationId: string): Promise<void> => {
  const { server } = requireNeed(parts, parameters);
  await parts.handle({ name: "disconnect", meta: { correlationId, actor: subjectId } }, (unit) => unlink(unit, subjectId, { resource: server.resource, reason: "person" }));
};
