import { expect, test } from "vitest";
import { serverProgram } from "../src/server-program.ts";

test("a program that is missing is named, with what to do", () => {
  expect(() => serverProgram("no-such-server", "install it, or name one")).toThrow("no-such-server is missing: install it, or name one");
});
