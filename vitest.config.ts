import { defineConfig } from "vitest/config";

// On a shared machine a real browser, real processes and real time can stall: such a test gets one more chance there, and the report says so.
const retry = process.env.CI === undefined ? 0 : 1;

// One project per tier; the suffix of a test file says its tier.
const tier = (name: string, timeoutMs: number, fileParallelism = true) => ({
  test: {
    name,
    include: [`{libs,services,e2e,infra}/**/*.${name}.test.ts`],
    testTimeout: timeoutMs,
    hookTimeout: timeoutMs,
    retry: name === "unit" ? 0 : retry,
    fileParallelism,
    pool: "forks" as const,
  },
});

export default defineConfig({
  test: { projects: [tier("unit", 20_000), tier("int", 60_000), tier("e2e", 180_000, false)] },
});
