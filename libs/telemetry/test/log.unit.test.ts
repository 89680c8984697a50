import { AppError } from "@mcp-auth-proxy/contracts";
import { expect, test } from "vitest";
import { createLog, type LogFormat, type LogLevel } from "../src/log.ts";

const canary = "S3cr3t-Canary_42xyz";

const recorded = (format: LogFormat, level: LogLevel = "debug") => {
  const lines: string[] = [];
  const log = createLog({ level, format, destination: { write: (line: string) => lines.push(line) } });
  return { log, lines };
};

test.each(["json", "text"] as const)("no secret passes the sink as %s, whatever way it took", (format) => {
  const { log, lines } = recorded(format);
  const cause = new Error(`fetch https://h/cb?code=${canary} failed`);
  log.info({ token: canary, nested: { deep: [{ client_secret: canary }] } }, "fields");
  log.warn(`message with Bearer ${canary}`);
  log.error({ err: new AppError("internal", `password=${canary}`, cause) }, "error with a cause");
  log.child({ authorization: `Bearer ${canary}` }).debug("binding of a child");
  log.info({ body: Buffer.from(canary) }, "bytes");
  log.info("format %s and %j", `token=${canary}`, { secret: canary });
  expect(lines).toHaveLength(6);
  expect(lines.join("")).not.toContain("Canary");
  expect(lines.join("")).not.toContain([...Buffer.from("Canary")].join(","));
});

test("a JSON line is one JSON object with level, time and message", () => {
  const { log, lines } = recorded("json");
  log.info({ password: canary, route: "/mcp" }, "request");
  expect(JSON.parse(lines.join(""))).toEqual({ level: "info", time: expect.stringMatching(/^\d{4}-.*Z$/), password: "[redacted]", route: "/mcp", msg: "request" });
});

test("says nothing below its level", () => {
  const { log, lines } = recorded("json", "warn");
  log.info("a");
  log.debug("b");
  log.warn("c");
  expect(lines).toHaveLength(1);
});

test("an error keeps its code, its detail and the stack of its cause", () => {
  const { log, lines } = recorded("json");
  log.error({ err: new AppError("conflict", "version 3 was taken", new Error("the cause")) }, "failed");
  const line = lines.join("");
  expect(line).toContain('"code":"conflict"');
  expect(line).toContain("version 3 was taken");
  expect(line).toContain("the cause");
});
