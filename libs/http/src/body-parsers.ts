import type { FastifyInstance } from "fastify";
import { OAuthError } from "./oauth-error.ts";

const textTypes = ["application/x-www-form-urlencoded", "application/json"] as const;

/**
 * Bodies arrive as text, form or JSON alike, and are parsed by the route's own rules; another type is answered 415.
 * Text that is not UTF-8 is refused and not repaired: a repaired value would be one that nobody sent.
 */
export const acceptText = (app: FastifyInstance): void => {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser([...textTypes], { parseAs: "buffer" }, (_request, body, done) => {
    try {
      done(null, typeof body === "string" ? body : decoder.decode(body));
    } catch (cause) {
      done(new OAuthError("invalid_request", "the body is not UTF-8", { cause }));
    }
  });
};

/** For a scope whose routes relay JSON: `request.body` is the Buffer that came. Another type is answered 415. */
export const acceptJsonBytes = (scope: FastifyInstance): void => {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
};
