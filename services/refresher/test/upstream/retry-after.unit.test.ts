import { expect, it } from "vitest";
import { retryAfterAt } from "../../src/upstream/retry-after.ts";

const now = Date.UTC(2026, 0, 1);

it.each<[string | undefined, number | undefined, string]>([
  ["120", now + 120_000, "seconds"],
  [" 5 ", now + 5_000, "blanks around it"],
  ["0", now, "at once"],
  ["Thu, 01 Jan 2026 00:01:00 GMT", now + 60_000, "a date"],
  [undefined, undefined, "nothing"],
  ["", undefined, "nothing"],
  ["soon", undefined, "neither a number nor a date"],
  ["-5", undefined, "no number of seconds"],
  ["1e9", undefined, "no number of seconds"],
  ["99999999999999", undefined, "no number of seconds that anybody means"],
  ["Thu, 99 Foo 2026", undefined, "no date"],
])("Retry-After %j is read as %j (%s)", (header, at) => {
  expect(retryAfterAt(header, now)).toBe(at);
});
