import { describe, expect, it } from "vitest";
import { readEnvelope } from "../../src/wire/envelope.ts";

const read = (text: string | Buffer) => readEnvelope(Buffer.from(text));
const request = { kind: "request", progressToken: undefined, statedVersion: undefined };

describe("one message", () => {
  it.each([
    ['{"jsonrpc":"2.0","id":1,"method":"tools/call"}', { ...request, id: 1, method: "tools/call" }],
    ['{"method":"x","id":"1","jsonrpc":"2.0","extra":[1]}', { ...request, id: "1", method: "x" }],
    ['{"jsonrpc":"2.0","\\u0069d":1,"method":"x"}', { ...request, id: 1, method: "x" }],
    ['{"jsonrpc":"2.0","id":1.0,"method":"x"}', { ...request, id: 1, method: "x" }],
    ['{"params":{"_meta":{"progressToken":"p","other":{}},"progressToken":"own"},"jsonrpc":"2.0","id":1,"method":"x"}', { ...request, id: 1, method: "x", progressToken: "p" }],
    ['{"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}', { ...request, id: 1, method: "x", statedVersion: "2026-07-28" }],
    ['{"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":{}}}}', { ...request, id: 1, method: "x", statedVersion: "" }],
    ['{"jsonrpc":"2.0","id":1,"method":"x","params":[{"_meta":{}}]}', { ...request, id: 1, method: "x" }],
    ['{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":7,"progress":1}}', { kind: "notification", method: "notifications/progress", progressToken: 7, cancels: undefined, statedVersion: undefined }],
    ['{"params":{"requestId":"r"},"jsonrpc":"2.0","method":"notifications/cancelled"}', { kind: "notification", method: "notifications/cancelled", progressToken: undefined, cancels: "r", statedVersion: undefined }],
    ['{"jsonrpc":"2.0","id":3,"result":null}', { kind: "response", id: 3, failed: false }],
    ['{"jsonrpc":"2.0","id":3,"error":{"code":1,"message":"m"}}', { kind: "response", id: 3, failed: true }],
  ])("%s", (text, envelope) => {
    expect(read(text)).toEqual({ ok: true, value: envelope });
  });
});

describe("what is no message", () => {
  it.each([
    ['{"jsonrpc":"2.0","id":1,"method":"x"', { reason: "malformed" }, "cut off"],
    ["", { reason: "malformed" }, "empty"],
    ['\ufeff{"jsonrpc":"2.0","id":1,"method":"x"}', { reason: "malformed" }, "a byte order mark is not JSON (RFC 8259 section 8.1)"],
    ['[{"jsonrpc":"2.0","id":1,"method":"x"}]', { reason: "batch" }, "batch"],
    ["[", { reason: "malformed" }, "a batch that is no JSON"],
    ['"text"', { reason: "invalid", id: undefined }, "no object"],
    ['{"id":1,"method":"x"}', { reason: "invalid", id: 1 }, "no jsonrpc"],
    ['{"jsonrpc":2.0,"id":1,"method":"x"}', { reason: "invalid", id: 1 }, "jsonrpc as a number"],
    ['{"jsonrpc":"2.0","id":null,"method":"x"}', { reason: "invalid", id: undefined }, "MCP allows no null id"],
    ['{"jsonrpc":"2.0","id":{},"method":"x"}', { reason: "invalid", id: undefined }, "an id that is no scalar"],
    ['{"jsonrpc":"2.0","id":1,"method":7}', { reason: "invalid", id: 1 }, "a method that is no text"],
    ['{"jsonrpc":"2.0","id":1,"id":2,"method":"x"}', { reason: "invalid", id: undefined }, "two ids: ours and the child's could differ"],
    ['{"jsonrpc":"2.0","id":1,"method":"x","\\u006dethod":"y"}', { reason: "invalid", id: undefined }, "two methods, one escaped"],
    ['{"jsonrpc":"2.0","id":1,"method":"x","params":{},"params":{}}', { reason: "invalid", id: undefined }, "two params"],
    ['{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}', { reason: "invalid", id: undefined }, "Go's parser takes Method for method"],
    ['{"jsonrpc":"2.0","id":1,"ID":2,"method":"x"}', { reason: "invalid", id: undefined }, "and ID for id: the answer would be another session's"],
    ['{"jsonrpc":"2.0","id":1,"method":"x","param\u017f":{}}', { reason: "invalid", id: undefined }, "and a long s for s"],
    ['{"jsonrpc":"2.0","id":1,"result":{},"error":{}}', { reason: "invalid", id: 1 }, "result and error"],
    ['{"jsonrpc":"2.0","id":1}', { reason: "invalid", id: 1 }, "neither"],
    ['{"jsonrpc":"2.0","result":{}}', { reason: "invalid", id: undefined }, "a result for nobody"],
  ])("%s: %o (%s)", (text, fault, _rationale) => {
    expect(read(text)).toEqual({ ok: false, error: fault });
  });

  it("bytes that are not UTF-8", () => {
    const bytes = Buffer.concat([Buffer.from('{"jsonrpc":"2.0","id":1,"method":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
    expect(readEnvelope(bytes)).toEqual({ ok: false, error: { reason: "malformed" } });
  });
});
