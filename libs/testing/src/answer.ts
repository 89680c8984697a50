/** What came over the wire, whole and unjudged, so that a test can look at every part of it. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as a JSON object; fails when it is anything else. */
  json(): Record<string, unknown>;
}

/** Sends one request, never follows a redirect, and reads the whole body. */
export async function request(url: string | URL, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(30_000), ...init });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: () => jsonObject(text) };
}

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
