import type { CookieSerializeOptions } from "@fastify/cookie";
import type { Secret } from "@mcp-auth-proxy/crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { type BrowserSession, findSession, touchSession } from "../accounts/sessions.ts";
import type { AuthConfig, SessionConfig } from "../config.ts";
import type { AuthParts } from "../parts.ts";

type WithSession = Pick<AuthConfig, "session">;

/** A write for each page would be a gift to whoever reloads: the idle time is kept to the minute. */
const touchEveryMs = 60_000;

const attributes = ({ cookie }: SessionConfig): CookieSerializeOptions => ({
  path: "/",
  httpOnly: cookie.httpOnly,
  secure: cookie.secure,
  sameSite: cookie.sameSite,
});

/** No Max-Age: the browser forgets it when it closes, the server decides when it ends. */
export const setSessionCookie = (reply: FastifyReply, cookie: Secret<string>, { session }: WithSession): void => {
  void reply.setCookie(session.cookie.name, cookie.reveal(), attributes(session));
};

export const clearSessionCookie = (reply: FastifyReply, { session }: WithSession): void => {
  void reply.clearCookie(session.cookie.name, attributes(session));
};

/** What the browser sent; empty without. */
export const sessionCookie = (request: FastifyRequest, { session }: WithSession): string => request.cookies[session.cookie.name] ?? "";

/** Who is signed in, in this browser, as far as it says so: with SameSite=Strict it does not when another site leads here. */
export const currentSession = async (parts: AuthParts, request: FastifyRequest): Promise<BrowserSession | undefined> => {
  const now = parts.clock.now();
  const session = await findSession(parts.store.sql, parts.keys, sessionCookie(request, parts.config), now);
  if (session !== undefined && now - session.lastSeenAt >= touchEveryMs) {
    await parts.store.transact(({ sql }) => touchSession(sql, session, now, parts.config.session));
  }
  return session;
};
