import type { FastifyInstance } from "fastify";

/**
 * For public documents and endpoints that no cookie opens: any page may read them, without credentials. Call it first
 * in a scope of its own; it answers OPTIONS for each route that the scope adds after it.
 * Source: Fetch standard, "CORS protocol".
 */
export const allowAnyOrigin = (scope: FastifyInstance): void => {
  const preflighted = new Map<string, Set<string>>();
  scope.addHook("onRequest", async (_request, reply) => {
    reply.headers({ "access-control-allow-origin": "*", "access-control-expose-headers": "WWW-Authenticate, Retry-After" });
  });
  scope.addHook("onRoute", ({ url, routePath, method }) => {
    const methods = [method].flat();
    if (methods.includes("OPTIONS")) return;
    const known = preflighted.get(url) ?? new Set<string>();
    for (const each of methods) known.add(each);
    if (preflighted.has(url)) return;
    preflighted.set(url, known);
    scope.options(routePath, async (_request, reply) =>
      reply
        .code(204)
        .headers({
          "access-control-allow-methods": [...known, "OPTIONS"].join(", "),
          "access-control-allow-headers": "Authorization, Content-Type, MCP-Protocol-Version",
          "access-control-max-age": "86400",
        })
        .send(),
    );
  });
};
