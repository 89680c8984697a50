import { headerEndings, isErrorCode, redacted, secretEndings, secretNames, shapeRules } from "./redaction-rules.ts";
import { valueSpan } from "./value-span.ts";

const anyOf = (alternatives: readonly string[]): string => alternatives.join("|");

// Before a short name: no letter or digit, unless that letter belongs to an escape (`\n`, `\u0026`, `%3F`).
const alone = String.raw`(?<![A-Za-z0-9])|(?<=\\[nrt])|(?<=\\u[0-9a-fA-F]{4})|(?<=%(?:25)?(?:3[fF]|26|7[bB]|22|2[cC]))`;
// Between name and value: an optional closing quote, then `:`, `=`, `=>` or an encoded form of them.
const separator = String.raw`(?<quote>\\*["'])?\s*(?:=>|[:=]|%(?:25)?3[aAdD])\s*`;

const candidates = new RegExp(
  `(?<shape>${anyOf(shapeRules.map((rule) => rule.pattern))})` +
    `|(?:(?<header>(?i:${anyOf(headerEndings)}))s?|(?i:${anyOf(secretEndings)})s?|(?:${alone})(?<short>(?i:${anyOf(secretNames)})))${separator}`,
  "gs",
);

/** JSON numbers and literals are left as they are: `"tokens":3` is a count, and its line must stay JSON. */
const jsonScalar = /(?:-?\d[\d.eE+-]*|true|false|null)(?=[\s,}\]])/y;

const isJsonScalar = (line: string, at: number): boolean => {
  jsonScalar.lastIndex = at;
  return jsonScalar.test(line);
};

/**
 * Takes everything secret-shaped out of a finished log line, and keeps a JSON line JSON. One pass, one expression: it
 * finds shapes and names, and what stands behind a name is measured by hand, because values nest.
 */
export const redact = (line: string): string => {
  let shown = "";
  let done = 0;
  candidates.lastIndex = 0;
  for (let match = candidates.exec(line); match !== null; match = candidates.exec(line)) {
    const found = match.groups ?? {};
    const behind = match.index + match[0].length;
    if (found["shape"] !== undefined) {
      const isBytes = found["shape"].startsWith("{");
      const quote = isBytes ? (/\\*"/.exec(found["shape"])?.[0] ?? "") : "";
      shown += line.slice(done, match.index) + quote + redacted + quote;
      done = behind;
      continue;
    }
    const quote = found["quote"];
    if (quote !== undefined && isJsonScalar(line, behind)) continue;
    const span = valueSpan(line, behind, (quote ?? "").length - (quote === undefined ? 0 : 1), found["header"] !== undefined);
    const value = line.slice(span.start, span.end);
    const harmless = value === "" || value === redacted || (found["short"]?.toLowerCase() === "code" && isErrorCode(value));
    const shownQuote = span.kind === "bracketed" ? (quote ?? "") : "";
    shown += line.slice(done, span.start) + (harmless ? value : shownQuote + redacted + shownQuote);
    done = span.end;
    candidates.lastIndex = done;
  }
  return done === 0 ? line : shown + line.slice(done);
};
