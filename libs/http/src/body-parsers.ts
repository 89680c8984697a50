import { errorCodes, type FastifyInstance, type FastifyRequest } from "fastify";
import { OAuthError } from "./oauth-error.ts";

const textTypes = ["application/x-www-form-urlencoded", "application/json"] as const;

/** Another charset or a compressed body would be read as something that nobody sent, so both are answered 415. */
const unreadable = (request: FastifyRequest): Error | undefined => {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(request.headers["content-type"] ?? "")?.[1];
  const encoding = request.headers["content-encoding"] ?? "identity";
  const readable = (charset === undefined || /^(?:utf-8|us-ascii)$/i.test(charset)) && encoding.toLowerCase() === "identity";
  return readable ? undefined : new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE();
};

/**
 * Bodies arrive as text, form or JSON alike, and are parsed by the route's own rules; another type is answered 415.
 * Text that is not UTF-8 is refused and not repaired: a repaired value would be one that nobody sent.
 */
export const acceptText = (app: FastifyInstance): void => {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser([...textTypes], { parseAs: "buffer" }, (request, body, done) => {
    const refusal = unreadable(request);
    if (refusal !== undefined) {
      done(refusal);
      return;
    }
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
  scope.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => done(unreadable(request) ?? null, body));
};
