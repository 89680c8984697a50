import { describe, expect, it } from "vitest";
import { Gathered } from "../../src/wire/gathered.ts";

describe("bytes that come in pieces", () => {
  it("are whole again, and do not change with what they were read from", () => {
    const gathered = new Gathered();
    const window = Buffer.alloc(3);
    for (const text of ["one", "two", "six"]) {
      window.write(text);
      gathered.add(window);
    }
    expect(gathered.length).toBe(9);
    expect(gathered.take().toString()).toBe("onetwosix");
  });

  it("are let go of: what was taken stays as it is, whatever comes after", () => {
    const gathered = new Gathered();
    gathered.add(Buffer.from("first"));
    const taken = gathered.take();
    expect(gathered.length).toBe(0);
    gathered.add(Buffer.from("other"));
    expect(taken.toString()).toBe("first");
    expect(gathered.take().toString()).toBe("other");
    expect(gathered.take()).toHaveLength(0);
  });
});
