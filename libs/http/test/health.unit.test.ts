import { createLog } from "@mcp-auth-proxy/telemetry";
import { expect, test } from "vitest";
import { createHttpApp, mountHealth, type Readiness, type Service } from "../src/index.ts";

const service = (name: string, readiness: () => Readiness): Service => ({ name, readiness, start: async () => undefined, stop: async () => undefined });

const ask = async (path: string, services: readonly Service[], isDraining = false): Promise<readonly [number, unknown]> => {
  const app = createHttpApp({ log: createLog({ level: "error", format: "json", destination: { write: () => undefined } }) });
  mountHealth(app, () => services, () => isDraining);
  const response = await app.inject({ url: path });
  await app.close();
  return [response.statusCode, response.json()];
};

const ready = service("auth", () => ({ ready: true }));
const unready = service("bridge", () => ({ ready: false, reasons: ["feed is stale", "no keys"] }));

test("the process is alive whatever its services say", async () => {
  expect(await ask("/healthz", [unready], true)).toEqual([200, { status: "ok" }]);
});

test("it is ready when every service is", async () => {
  expect(await ask("/readyz", [ready, ready])).toEqual([200, { status: "ready" }]);
});

test("it is not ready when one service is not, and says which and why", async () => {
  expect(await ask("/readyz", [ready, unready])).toEqual([503, { status: "unready", reasons: ["bridge: feed is stale", "bridge: no keys"] }]);
});

test("it is ready with warnings, and says them", async () => {
  const warned = service("bridge", () => ({ ready: true, warnings: ["one server fails"] }));
  expect(await ask("/readyz", [ready, warned])).toEqual([200, { status: "ready", warnings: ["bridge: one server fails"] }]);
});

test("it is not ready while draining", async () => {
  expect(await ask("/readyz", [ready], true)).toEqual([503, { status: "unready", reasons: ["draining"] }]);
});

test("a check that fails is not a check that passed, and does not say how it failed", async () => {
  const broken = service("vault", () => {
    throw new Error("insides");
  });
  expect(await ask("/readyz", [broken])).toEqual([503, { status: "unready", reasons: ["vault: the check itself failed"] }]);
});
