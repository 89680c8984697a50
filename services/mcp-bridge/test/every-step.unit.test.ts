import { describe, expect, it } from "vitest";
import { inTurn, together } from "../src/every-step.ts";

const fails = async (what: string): Promise<void> => {
  throw new Error(what);
};

describe("the steps of an end", () => {
  it("are all taken, in turn, though some of them fail, and the failures are told in the end", async () => {
    const taken: string[] = [];
    const step = (name: string, failing = false) => async (): Promise<void> => {
      await Promise.resolve();
      taken.push(name);
      if (failing) throw new Error(name);
    };
    await expect(inTurn([step("one", true), step("two"), step("three", true), step("four")])).rejects.toMatchObject({ errors: [{ message: "one" }, { message: "three" }] });
    expect(taken).toEqual(["one", "two", "three", "four"]);
  });

  it("that fail alone fail as they are", async () => {
    const throws = (): void => {
      throw new Error("alone");
    };
    await expect(inTurn([throws, () => undefined])).rejects.toThrow("alone");
    await expect(together([fails("alone")])).rejects.toThrow("alone");
  });

  it("that are taken together are all waited for, though one fails at once", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let over = false;
    const all = together([fails("at once"), promise]).catch((fault: unknown) => {
      over = true;
      return fault;
    });
    await new Promise((turn) => setImmediate(turn));
    expect(over).toBe(false);
    resolve();
    expect(await all).toMatchObject({ message: "at once" });
  });

  it("are over when none fails", async () => {
    await expect(inTurn([() => undefined, () => together([Promise.resolve()])])).resolves.toBeUndefined();
  });
});
