import type { FastifyRequest } from "fastify";
import { OAuthError } from "./oauth-error.ts";
import { parseParameters, type Parameters } from "./parameters.ts";

const parsed = (contentType: string, raw: string): Parameters => {
  const parameters = parseParameters(contentType, raw);
  if (!parameters.ok) throw new OAuthError("invalid_request", parameters.error);
  return parameters.value;
};

/** The parameters in the query, from the raw URL. `request.query` stays empty: it would accept what OAuth refuses. */
export const queryParameters = (request: FastifyRequest): Parameters => {
  const url = request.raw.url ?? "";
  const mark = url.indexOf("?");
  return parsed("application/x-www-form-urlencoded", mark === -1 ? "" : url.slice(mark + 1));
};

/** The parameters in a form or JSON body; none when there is no body. */
export const bodyParameters = (request: FastifyRequest): Parameters =>
  typeof request.body === "string" ? parsed(request.headers["content-type"] ?? "", request.body) : new Map();
