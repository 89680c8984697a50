import { defineConfig } from "vitest/config";

// One project per tier; the suffix of a test file says its tier.
const tier = (name: string, timeoutMs: number, fileParallelism = true) => ({
  test: {
    name,
    include: [`{libs,services,e2e,infra}/**/*.${name}.test.ts`],
    testTimeout: timeoutMs,
    hookTimeout: timeoutMs,
    fileParallelism,
    pool: "forks" as const,
  },
});

export default defineConfig({
  test: { projects: [tier("unit", 20_000), tier("int", 60_000), tier("e2e", 180_000, false)] },
});
