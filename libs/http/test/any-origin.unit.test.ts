import { afterEach, beforeEach, expect, test } from "vitest";
import { allowAnyOrigin, OAuthError } from "../src/index.ts";
import { runApp, type RunningApp } from "./running-app.ts";

let running: RunningApp;
beforeEach(async () => {
  running = await runApp(async (app) => {
    app.get("/private", async () => ({}));
    await app.register(
      async (scope) => {
        allowAnyOrigin(scope);
        scope.get("/metadata", async () => ({ issuer: "x" }));
        scope.post("/metadata", async () => {
          throw new OAuthError("invalid_request", "d");
        });
      },
      { prefix: "/public" },
    );
  });
});
afterEach(() => running.app.close());

const origin = { origin: "https://page.example" };

test("any page may read a public document, without credentials", async () => {
  const { headers, status } = await fetch(`${running.base}/public/metadata`, { headers: origin });
  expect([status, headers.get("access-control-allow-origin"), headers.get("access-control-allow-credentials")]).toEqual([200, "*", null]);
});

test("any page may read why it was refused", async () => {
  const { headers, status } = await fetch(`${running.base}/public/metadata`, { method: "POST", headers: origin });
  expect([status, headers.get("access-control-allow-origin")]).toEqual([400, "*"]);
});

test("a preflight is answered 204 with the methods that there are", async () => {
  const { headers, status } = await fetch(`${running.base}/public/metadata`, {
    method: "OPTIONS",
    headers: { ...origin, "access-control-request-method": "POST", "access-control-request-headers": "mcp-protocol-version" },
  });
  expect(status).toBe(204);
  expect(headers.get("access-control-allow-origin")).toBe("*");
  expect(headers.get("access-control-allow-methods")?.split(", ").toSorted()).toEqual(["GET", "HEAD", "OPTIONS", "POST"]);
  expect(headers.get("access-control-allow-headers")?.toLowerCase()).toContain("mcp-protocol-version");
});

test("outside of the scope nothing is allowed", async () => {
  const answers = await Promise.all(["GET", "OPTIONS"].map((method) => fetch(`${running.base}/private`, { method, headers: origin })));
  expect(answers.map(({ headers }) => headers.get("access-control-allow-origin"))).toEqual([null, null]);
});
