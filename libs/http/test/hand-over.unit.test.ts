import { createLog } from "@mcp-auth-proxy/telemetry";
import { afterEach, expect, test } from "vitest";
import { createHttpApp, handOver } from "../src/index.ts";
import { runApp, type RunningApp } from "./running-app.ts";

let running: RunningApp | undefined;
afterEach(() => running?.app.close());

test("a request that is handed over is answered by the other app, body and all, and logged once", async () => {
  const lines: string[] = [];
  const log = createLog({ level: "info", format: "json", destination: { write: (line) => lines.push(line) } });
  const other = createHttpApp({ log });
  other.post("/late", async (request) => ({ got: request.body }));
  await other.ready();
  running = await runApp((app) => {
    app.addHook("onRequest", (request, reply, done) => {
      if (request.url === "/late") handOver(request, reply, other);
      else done();
    });
  }, { log });
  const { base } = running;
  const answer = await fetch(`${base}/late`, { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body: "a=1" });
  expect([answer.status, await answer.json(), answer.headers.get("cache-control")]).toEqual([200, { got: "a=1" }, "no-store"]);
  const wrong = await fetch(`${base}/late`, { method: "PUT" });
  expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST, OPTIONS"]);
  expect((await fetch(`${base}/other`)).status).toBe(404);
  expect(lines.map((line) => (JSON.parse(line) as { route: string; status: number })).map(({ route, status }) => [route, status])).toEqual([["/late", 200], ["unmatched", 405], ["unmatched", 404]]);
});
