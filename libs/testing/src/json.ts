/** Parses a JSON object, failing with the text when it is something else. */
export function jsonObject(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new Error(`expected a JSON object, got ${text.slice(0, 200)}`);
  return value;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The string under `name`, failing when there is none. */
export function stringIn(values: Record<string, unknown>, name: string): string {
  const value = values[name];
  if (typeof value !== "string") throw new Error(`${name} is missing in ${JSON.stringify(Object.keys(values))}`);
  return value;
}
