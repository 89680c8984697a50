import { describe, expect, it } from "vitest";
import { Rehearsal } from "../../src/children/rehearsal.ts";
import { readEnvelope } from "../../src/wire/envelope.ts";

const say = (rehearsal: Rehearsal, id: number, method: string, params: object): void => {
  const bytes = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
  const read = readEnvelope(bytes);
  if (!read.ok) throw new Error(read.error.reason);
  rehearsal.note(read.value, bytes);
};
const opened = (most: { settings: number; bytes: number }): Rehearsal => {
  const rehearsal = new Rehearsal(most);
  say(rehearsal, 0, "initialize", {});
  rehearsal.introduced(Buffer.from('{"jsonrpc":"2.0","id":0,"result":{}}'));
  return rehearsal;
};

describe("what a new process would have to be told", () => {
  it("is kept while it is within bounds", () => {
    const rehearsal = opened({ settings: 2, bytes: 1_000 });
    for (const id of [1, 2]) say(rehearsal, id, "resources/subscribe", { uri: `test://${id}` });
    expect([rehearsal.possible, rehearsal.rest.length]).toEqual([true, 2]);
  });

  it.each([
    [{ settings: 2, bytes: 1_000_000 }, "in number"],
    [{ settings: 1_000, bytes: 500 }, "in bytes"],
  ])("of %o is not kept once it is more, and nothing that comes after (%s)", (most) => {
    const rehearsal = opened(most);
    for (let id = 1; id <= 100; id += 1) say(rehearsal, id, "resources/subscribe", { uri: `test://${id}` });
    expect([rehearsal.possible, rehearsal.rest.length]).toEqual([false, 0]);
  });
});
