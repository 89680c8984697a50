import { expect, it } from "vitest";
import { addressRanges, duration, listenAddress, onOff, origins, port, privateSchemes } from "../src/value-kinds.ts";

const value = <T>(result: { ok: true; value: T } | { ok: false; error: string }): T | "malformed" => (result.ok ? result.value : "malformed");
const anyTime = duration(0, 1_000_000_000_000);

it.each([
  ["3600", 3_600_000],
  ["30d", 2_592_000_000],
  ["15 m", 900_000],
  ["0", 0],
  ["", "malformed"],
  ["-1", "malformed"],
  ["1.5", "malformed"],
  ["1e3", "malformed"],
  ["10 weeks", "malformed"],
])("reads the duration %j as %s ms", (text, ms) => {
  expect(value(anyTime.parse(text))).toBe(ms);
});

it("keeps a duration within its bounds and says them", () => {
  const kind = duration(1_000, 86_400_000);

  expect([value(kind.parse("0")), value(kind.parse("1")), value(kind.parse("24h")), value(kind.parse("86401"))]).toEqual(["malformed", 1_000, 86_400_000, "malformed"]);
  expect(kind.takes).toBe("seconds, or a number with s, m, h or d, from 1 s to 1 d");
});

it.each([
  [port, "0", "malformed"],
  [port, "65536", "malformed"],
  [port, "80a", "malformed"],
  [port, "8080", 8080],
  [onOff, "ON", true],
  [onOff, "0", false],
  [onOff, "maybe", "malformed"],
  [addressRanges, "10.0.0.0/8, ::1", ["10.0.0.0/8", "::1"]],
  [addressRanges, "10.0.0.0/33", "malformed"],
  [addressRanges, "10.0.0.0/8,", "malformed"],
  [addressRanges, "edge.example.com", "malformed"],
  [origins, "https://a.example, http://localhost:3000", ["https://a.example", "http://localhost:3000"]],
  [origins, "https://a.example/", "malformed"],
  [origins, "*", "malformed"],
  [origins, "null", "malformed"],
  [privateSchemes, "cursor,vscode", ["cursor", "vscode"]],
  [privateSchemes, "javascript", "malformed"],
  [privateSchemes, "https", "malformed"],
  [listenAddress, ":8080", { port: 8080 }],
  [listenAddress, "127.0.0.1:8080", { host: "127.0.0.1", port: 8080 }],
  [listenAddress, "[::1]:8080", { host: "::1", port: 8080 }],
  [listenAddress, "8080", "malformed"],
  [listenAddress, "::1:8080", "malformed"],
  [listenAddress, "localhost:8080", "malformed"],
])("%# reads %s %j", (kind, text, expected) => {
  expect(value<unknown>(kind.parse(text))).toEqual(expected);
});
