import { describe, expect, it } from "vitest";
import { createLineSplitter } from "../../src/children/line-splitter.ts";

const split = (chunks: readonly string[], limit = 10) => {
  const lines: string[] = [];
  let tooLong = 0;
  const splitter = createLineSplitter(limit, (line) => lines.push(line.toString()), () => (tooLong += 1));
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  return { lines, tooLong };
};

describe("lines", () => {
  it("come out whole however they were cut", () => {
    expect(split(["a", "b\nc", "\n", "\nde\nf"]).lines).toEqual(["ab", "c", "", "de"]);
  });

  it("may be as long as the limit and no longer, in one piece or many", () => {
    expect(split(["0123456789\n"])).toEqual({ lines: ["0123456789"], tooLong: 0 });
    expect(split(["a\n0123456789x\nb\n"])).toEqual({ lines: ["a"], tooLong: 1 });
    expect(split(["01234", "56789", "x", "y\nb\n"])).toEqual({ lines: [], tooLong: 1 });
  });
});
