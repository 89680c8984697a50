import { describe, expect, it } from "vitest";
import { readDocument, scalarAt, stringAt, textAt, withEdits } from "../../src/wire/json-document.ts";

const read = (text: string) => {
  const result = readDocument(Buffer.from(text));
  if (!result.ok) throw new Error(result.error);
  return result.value;
};
const place = (members: ReadonlyMap<string, { start: number; end: number }>, name: string) => {
  const at = members.get(name);
  if (at === undefined) throw new Error(`no ${name}`);
  return at;
};

describe("a document", () => {
  it("knows the members of a message, of its parameters and of their _meta, as they were written", () => {
    const document = read(' { "id" : 1.0, "params":{"name":"caf\\u00e9","_meta":{"k":[1, 2]},"x":{"y":1}},"method":"m" } ');
    expect([...document.top.keys()]).toEqual(["id", "params", "method"]);
    expect([...document.body.keys()]).toEqual(["name", "_meta", "x"]);
    expect(textAt(document, place(document.top, "id"))).toBe("1.0");
    expect(stringAt(document, document.body.get("name"))).toBe("café");
    expect(textAt(document, place(document.meta, "k"))).toBe("[1, 2]");
    expect(scalarAt(document, document.meta.get("k"))).toBeUndefined();
    expect(document.metaAt === undefined ? "" : textAt(document, document.metaAt)).toBe('{"k":[1, 2]}');
  });

  it.each([
    ["in the message", '{"id":1,"id":2}', false],
    ["in the parameters", '{"params":{"name":"a","name":"b"}}', false],
    ["in _meta", '{"params":{"_meta":{"k":1,"k":1}}}', false],
    ["in other spelling", '{"params":{"name":"a","n\\u0061me":"b"}}', false],
    ["deeper, where nothing is read", '{"params":{"arguments":{"a":1,"a":2}}}', true],
  ])("sees a name that stands twice %s", (_where, text, unique) => {
    expect(read(text).unique).toBe(unique);
  });

  it.each(['{"a":1', "[1]", "1", '{"a":1}x', "{'a':1}"])("is not read from %j", (text) => {
    expect(readDocument(Buffer.from(text)).ok).toBe(false);
  });

  it("is written anew in the named places only", () => {
    const document = read('{"params":{"b":2 , "a":1.50},"id":"x"}');
    const edited = withEdits(document.bytes, [
      { at: place(document.top, "id"), text: "7" },
      { at: place(document.body, "b"), text: '"é"' },
    ]);
    expect(edited.toString()).toBe('{"params":{"b":"é" , "a":1.50},"id":7}');
  });
});
