import type { CookieSerializeOptions } from "@fastify/cookie";
import { clientAddress } from "@mcp-auth-proxy/http";
import type { FastifyReply, FastifyRequest } from "fastify";
import { browserKnownForMs, isKnownBrowser, rememberBrowser } from "../accounts/known-browsers.ts";
import type { AuthConfig } from "../config.ts";
import type { AuthParts } from "../parts.ts";
import { addressBlock } from "../validate/address-block.ts";

/** Whom limits count a request against. */
export interface RequestSource {
  /** The address, or the browser where somebody signed in before: then no stranger's doings count against it. */
  readonly address: string;
  readonly known: boolean;
}

type CookieConfig = Pick<AuthConfig, "secureCookies">;

const cookieName = ({ secureCookies }: CookieConfig): string => `${secureCookies ? "__Host-" : ""}mcp_auth_browser`;

// Lax: it has to be there when the client's site leads here. It opens nothing.
const attributes = ({ secureCookies }: CookieConfig): CookieSerializeOptions => ({ path: "/", httpOnly: true, sameSite: "lax", secure: secureCookies });

const cookieOf = (request: FastifyRequest, config: CookieConfig): string => request.cookies[cookieName(config)] ?? "";

export const sourceOf = async ({ store, keys, clock, config }: AuthParts, request: FastifyRequest): Promise<RequestSource> => {
  const cookie = cookieOf(request, config);
  const known = await isKnownBrowser(store.sql, keys, cookie, clock.now());
  return { address: known ? `browser ${cookie}` : addressBlock(clientAddress(request)), known };
};

/** Somebody signed in here: the next time they are no stranger. */
export const setKnownBrowser = async ({ store, keys, clock, config }: AuthParts, request: FastifyRequest, reply: FastifyReply): Promise<void> => {
  const cookie = await rememberBrowser(store, keys, cookieOf(request, config), clock.now());
  void reply.setCookie(cookieName(config), cookie, { ...attributes(config), maxAge: browserKnownForMs / 1000 });
};
