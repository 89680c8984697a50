import { describe, expect, it } from "vitest";
import { placesIn, splice } from "../../src/wire/places.ts";

describe("splice", () => {
  const message = Buffer.from('{"jsonrpc":"2.0","id":"한","method":"x","params":{"_meta":{"progressToken":7}}}');
  const { id, askedToken } = placesIn(message);
  const by = (text: string): Buffer => Buffer.from(text);

  it.each([
    ["two places in the order of the text", [{ at: id, by: by("12") }, { at: askedToken, by: by('"abc"') }]],
    ["two places in another order", [{ at: askedToken, by: by('"abc"') }, { at: id, by: by("12") }]],
    ["besides places that are not there", [{ at: undefined, by: by("99") }, { at: id, by: by("12") }, { at: askedToken, by: by('"abc"') }]],
  ])("puts other values into %s and leaves every other byte", (_title, splices) => {
    expect(splice(message, splices).toString()).toBe('{"jsonrpc":"2.0","id":12,"method":"x","params":{"_meta":{"progressToken":"abc"}}}');
  });

  it("answers with the same bytes where nothing is put in", () => {
    expect(splice(message, [{ at: undefined, by: by("1") }])).toEqual(message);
  });
});

describe("what names a request in two ways is ambiguous (C06)", () => {
  it.each([
    ['{"id":1,"params":{"progressToken":1,"progressToken":2}}', true, "twice"],
    ['{"id":1,"params":{"progressToken":1,"ProgressToken":2}}', true, "in another case"],
    ['{"id":1,"params":{"_meta":{"progressToken":1},"_META":{"progressToken":2}}}', true, "below a name in another case"],
    ['{"id":1,"params":{"_meta":{"progressToken":1,"progre\\u0073sToken":2}}}', true, "escaped"],
    ['{"id":1,"params":{"requestId":1,"reque\u017ftId":2}}', true, "with a long s"],
    ['{"id":1,"params":{"name":"progressToken","arguments":{"progressToken":1,"ProgressToken":2}}}', false, "deeper down it names nothing"],
  ])("%s: %s (%s)", (text, ambiguous, _rationale) => {
    expect(placesIn(Buffer.from(text)).ambiguous).toBe(ambiguous);
  });
});
