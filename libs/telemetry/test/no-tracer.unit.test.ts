import { expect, test } from "vitest";
import { noTracer } from "../src/no-tracer.ts";

test("without tracing, work runs, answers and fails as if it stood alone", async () => {
  expect(await noTracer.inSpan("s", {}, async (span) => (span.setAttribute("a", 1), span.end(), 7))).toBe(7);
  await expect(noTracer.inSpan("s", {}, () => Promise.reject(new Error("x")))).rejects.toThrow("x");
  expect(await noTracer.continued({ traceparent: "t" }, async () => 8)).toBe(8);
  expect(noTracer.headers()).toEqual({});
});
