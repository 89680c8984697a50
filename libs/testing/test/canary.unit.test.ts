import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CanaryWatch } from "../src/index.ts";

describe("a canary watch", () => {
  const secret = 'p~ss "word" with + and / 한글';

  it.each([
    ["plain", secret],
    ["JSON", JSON.stringify({ secret })],
    ["a query", `https://h/?v=${encodeURIComponent(secret)}`],
    ["a form", new URLSearchParams({ v: secret }).toString()],
    ["hex", Buffer.from(secret).toString("hex")],
    ["base64", Buffer.from(secret).toString("base64")],
    ["base64 after one byte", Buffer.from(`x${secret}yy`).toString("base64")],
    ["base64url after two bytes", Buffer.from(`xx${secret}y`).toString("base64url")],
  ])("finds a secret written as %s", (_, text) => {
    const watch = new CanaryWatch();
    watch.watch("password", secret);
    expect(watch.searchText("log", `before ${text} after`)).toMatchObject([{ secret: "password", place: "log" }]);
  });

  it("finds nothing in what only looks similar", () => {
    const watch = new CanaryWatch();
    watch.watch("password", secret);
    watch.plant("code");
    expect(watch.searchText("log", `canary-code- ${secret.slice(0, -1)}`)).toEqual([]);
  });

  it("searches every file below a folder", () => {
    const folder = mkdtempSync(join(tmpdir(), "canary-"));
    const watch = new CanaryWatch();
    mkdirSync(join(folder, "deep"));
    writeFileSync(join(folder, "deep/db"), Buffer.concat([Buffer.from([0, 255, 1]), Buffer.from(watch.plant("token"))]));
    expect(watch.searchFolder(folder)).toMatchObject([{ place: join(folder, "deep/db") }]);
    rmSync(folder, { recursive: true });
  });

  it("refuses a secret that would be found by accident", () => {
    expect(() => new CanaryWatch().watch("short", "secret")).toThrow("too short");
  });
});
