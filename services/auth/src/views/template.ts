import { Eta } from "eta/core";

/** Text for a page. Anything else in a template is a mistake of ours, and fails loudly instead of printing "undefined". */
const escapeText = (value: unknown): string => {
  if (typeof value !== "string") throw new TypeError("a template printed something that is not text");
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
};

const eta = new Eta({ autoEscape: true, escapeFunction: escapeText, autoTrim: ["nl", "nl"], cache: true });

/**
 * Compiles a template once, at start; `it` is the model. `<%= %>` escapes and is the rule; `<%~ %>` does not, and is only for HTML
 * that another template made. Attribute values are always quoted. Templates are strings in the code, so that they survive bundling into one file.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the parameter is what gives each page its checked model
export const template = <Model extends object>(source: string): ((model: Model) => string) => {
  const compiled = eta.compile(source);
  return (model) => eta.render(compiled, model);
};
