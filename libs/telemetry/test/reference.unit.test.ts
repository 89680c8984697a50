import { expect, test } from "vitest";
import { createReference } from "../src/reference.ts";
import { redact } from "../src/redact.ts";

test("a reference is twelve characters that can be read out", () => {
  expect(createReference()).toMatch(/^[0-9a-hjkmnp-tv-z]{12}$/);
});

test("references differ", () => {
  expect(new Set(Array.from({ length: 1_000 }, createReference)).size).toBe(1_000);
});

test("redaction leaves a reference, or nobody would find it again", () => {
  const line = JSON.stringify({ reference: createReference() });
  expect(redact(line)).toBe(line);
});
