import { JsonScanner } from "./json-scan.ts";

/** The bytes of one member of a JSON object, as a copy; the last one where there are several, as every parser takes it. The text must be valid JSON. */
export const memberOf = (object: Buffer, name: string): Buffer | undefined => {
  const scanner = new JsonScanner(object);
  if (!scanner.isObject()) return undefined;
  let found: Buffer | undefined;
  scanner.object((key) => {
    const { start, end } = scanner.skip();
    if (key === name) found = Buffer.from(object.subarray(start, end));
  });
  return found;
};
