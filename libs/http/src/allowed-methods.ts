import type { FastifyInstance } from "fastify";

export interface AllowedMethods {
  /** The methods that some route serves at this path; empty when none does. */
  at(path: string): readonly string[];
}

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** A route's pattern as an expression over paths: `:name` is one segment, `*` is the rest. */
const pathExpression = (pattern: string): RegExp =>
  new RegExp(`^${pattern.split("/").map((part) => (part.startsWith(":") ? "[^/]+" : part === "*" ? ".*" : escape(part))).join("/")}$`);

/** Watches routes being added, because the router only knows method and path together and could not answer 405. */
export const watchAllowedMethods = (app: FastifyInstance): AllowedMethods => {
  const byPattern = new Map<string, { readonly expression: RegExp; readonly methods: Set<string> }>();
  app.addHook("onRoute", ({ url, method }) => {
    const entry = byPattern.get(url) ?? { expression: pathExpression(url), methods: new Set<string>() };
    for (const each of [method].flat()) entry.methods.add(each);
    byPattern.set(url, entry);
  });
  return {
    at: (path) => [...new Set([...byPattern.values()].filter(({ expression }) => expression.test(path)).flatMap(({ methods }) => [...methods]))].sort(),
  };
};
