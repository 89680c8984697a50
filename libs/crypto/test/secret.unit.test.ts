import { format, inspect } from "node:util";
import { serialize } from "node:v8";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { Secret } from "../src/index.ts";

const canary = "canary-7f3a";
const secret = Secret.of(canary);
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a careless caller would do
const careless = secret as unknown as string;
const logged = (write: (log: pino.Logger) => void): string => {
  const lines: string[] = [];
  write(pino({ level: "trace" }, { write: (line: string) => lines.push(line) }));
  return lines.join("");
};

describe("Secret", () => {
  it("gives its value to who asks for it", () => {
    expect(secret.reveal()).toBe(canary);
  });

  it.each([
    ["String()", () => String(secret)],
    ["a template", () => `x ${careless}`],
    ["concatenation", () => "".concat(careless)],
    ["JSON", () => JSON.stringify({ nested: [secret] })],
    ["inspect", () => inspect({ nested: secret }, { depth: 9, showHidden: true })],
    ["inspect without our own printer", () => inspect(secret, { customInspect: false, showHidden: true })],
    ["format", () => format("%s %o %j", secret, secret, secret)],
    ["an error message", () => inspect(new Error(`bad ${careless}`, { cause: secret }))],
    ["a structured clone", () => inspect(structuredClone(secret))],
    ["a spread", () => inspect(Object.assign({}, secret))],
    ["serialisation", () => serialize(secret).toString("latin1")],
    ["pino, as a field", () => logged((log) => log.info({ secret }, "x"))],
    ["pino, nested", () => logged((log) => log.info({ a: { b: [secret] } }, "x"))],
    ["pino, in a message", () => logged((log) => log.info("x %s %o %j", secret, secret, secret))],
    ["pino, as an error's cause", () => logged((log) => log.error(new Error("x", { cause: secret })))],
    ["pino, bound to a child", () => logged((log) => log.child({ secret }).info("x"))],
  ])("is never shown by %s", (_, show) => {
    expect(show()).not.toContain(canary);
  });

  it.each([
    ["String()", () => String(secret)],
    ["a template", () => `x ${careless}`.slice(2)],
    ["JSON", () => JSON.stringify(secret).slice(1, -1)],
    ["inspect", () => inspect(secret)],
    ["a structured clone", () => structuredClone(secret).shown],
    ["pino", () => /"secret":"(.*?)"/.exec(logged((log) => log.info({ secret }, "x")))?.[1]],
  ])("reads [secret] in %s", (_, show) => {
    expect(show()).toBe("[secret]");
  });
});
