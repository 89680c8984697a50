import type { CookieSerializeOptions } from "@fastify/cookie";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { AuthConfig } from "../config.ts";

/** `csrf` ties the consent page to a browser; `binding` exists from the approval on and ties the sign-in to it (A7.5). */
export type TransactionCookie = "csrf" | "binding";

type CookieConfig = Pick<AuthConfig, "secureCookies" | "limits">;

/** One pair for each sign-in: two tabs must not take each other's cookies. */
const nameOf = (cookie: TransactionCookie, pendingId: string, { secureCookies }: CookieConfig): string =>
  `${secureCookies ? "__Host-" : ""}mcp_auth_${cookie}_${pendingId.slice(0, 8)}`;

// A7.4. Lax, because the browser comes from the client's site; `__Host-` keeps neighbours from planting one.
const attributes = ({ secureCookies }: CookieConfig): CookieSerializeOptions => ({ path: "/", httpOnly: true, sameSite: "lax", secure: secureCookies });

export const setTransactionCookie = (reply: FastifyReply, cookie: TransactionCookie, pendingId: string, value: string, config: CookieConfig): void => {
  void reply.setCookie(nameOf(cookie, pendingId, config), value, { ...attributes(config), maxAge: Math.ceil(config.limits.pendingTtlMs / 1000) });
};

export const clearTransactionCookies = (reply: FastifyReply, pendingId: string, config: CookieConfig): void => {
  for (const cookie of ["csrf", "binding"] as const) void reply.clearCookie(nameOf(cookie, pendingId, config), attributes(config));
};

export const transactionCookie = (request: FastifyRequest, cookie: TransactionCookie, pendingId: string, config: CookieConfig): string =>
  request.cookies[nameOf(cookie, pendingId, config)] ?? "";
