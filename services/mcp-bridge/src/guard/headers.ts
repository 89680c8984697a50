/** Every value of a header in the order sent. Node keeps only the first of some headers and joins others. */
export const headerValues = (rawHeaders: readonly string[], name: string): readonly string[] => {
  const values: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const written = rawHeaders[at] ?? "";
    // Most differ in length, and this is asked several times of each request.
    if (written.length === name.length && written.toLowerCase() === name) values.push(rawHeaders[at + 1] ?? "");
  }
  return values;
};

/** As the specification has it and nearly every client sends it. */
const usualAccept = "application/json, text/event-stream";

/** What a client takes as an answer. No Accept header means everything (RFC 9110 section 12.5.1). */
export interface Acceptance {
  readonly json: boolean;
  readonly eventStream: boolean;
}

export const readAccept = (accept: string | undefined): Acceptance => {
  if (accept === usualAccept) return everything;
  if (accept === undefined || accept.trim() === "") return everything;
  const ranges = accept
    .split(",")
    .map((range) => range.trim().toLowerCase().split(/\s*;\s*/))
    .filter(([, ...parameters]) => !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter)))
    .map(([type]) => type);
  const takes = (type: string): boolean => ranges.some((range) => range === type || range === `${type.split("/")[0]}/*` || range === "*/*");
  return { json: takes("application/json"), eventStream: takes("text/event-stream") };
};

const everything: Acceptance = { json: true, eventStream: true };

/** A compressed body would make our size limit mean nothing, and every client sends UTF-8. */
export const isPlainJson = (contentType: string | undefined, contentEncoding: string | undefined): boolean =>
  (contentType === "application/json" || /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(contentType ?? "")) &&
  (contentEncoding === undefined || contentEncoding.toLowerCase() === "identity");
