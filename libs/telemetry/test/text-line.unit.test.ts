import { expect, test } from "vitest";
import { textLine } from "../src/text-line.ts";

test("shows time, level, message and fields on one line", () => {
  const line = JSON.stringify({ level: "info", time: "2026-11-23T08:51:29.022Z", route: "/mcp", status: 200, note: "two words", msg: "request" });
  expect(textLine(line)).toBe('08:51:29.022Z info  request route=/mcp status=200 note="two words"\n');
});

test("shows an error's stack below, indented, and its other fields in the line", () => {
  const err = { type: "AppError", message: "m", name: "AppError", stack: "AppError: m\n    at f", code: "conflict" };
  const line = JSON.stringify({ level: "error", time: "2026-11-23T08:51:29.022Z", err, msg: "failed" });
  expect(textLine(line)).toBe("08:51:29.022Z error failed err.code=conflict\n    AppError: m\n    at f\n");
});

test("lets no value start a line or reach the terminal", () => {
  const line = JSON.stringify({ level: "info", time: "2026-11-23T08:51:29.022Z", a: "x\ny", "b\n": "\u001b[31m", msg: "one\ntwo\u001b[2J", err: { stack: "E\u0007" } });
  const shown = textLine(line);
  expect(shown.split("\n")).toHaveLength(3);
  expect(shown.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
});

test("shows what is not JSON as it is, on one line", () => {
  expect(textLine("plain\u001b words\n")).toBe("plain\\x1b words\n");
});
