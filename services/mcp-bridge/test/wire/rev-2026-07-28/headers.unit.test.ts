import { describe, expect, it } from "vitest";
import { decodeHeaderValue } from "../../../src/wire/rev-2026-07-28/header-value.ts";
import { checkParameterHeaders, headerParameters } from "../../../src/wire/rev-2026-07-28/parameter-headers.ts";
import { checkMethodHeaders, checkVersionHeader, type HeaderValues } from "../../../src/wire/rev-2026-07-28/standard-headers.ts";

const headers =
  (all: Readonly<Record<string, string | readonly string[]>>): HeaderValues =>
  (name) => [all[name] ?? []].flat();

describe("a header value", () => {
  it.each([
    ["plain", "plain", "as it is"],
    ["  a b\t", "a b", "white space around it is the header's"],
    ["=?base64?Y2Fmw6k=?=", "café", "Base64 of UTF-8"],
    ["=?base64??=", "", "of nothing"],
    ["=?BASE64?Y2Fmw6k=?=", "=?BASE64?Y2Fmw6k=?=", "the form is exact: this is plain"],
    ["café", undefined, "not ASCII"],
    ["a\u0001b", undefined, "a control character"],
    ["=?base64?Y2Fmw6k?=", undefined, "padding is missing"],
    ["=?base64?Y2Fmw6l=?=", undefined, "a second way to write the same bytes"],
    ["=?base64?/w==?=", undefined, "not UTF-8"],
    ["=?base64?Y2 Fm?=", undefined, "not Base64"],
  ])("%j stands for %j: %s", (value, expected, _why) => {
    expect(decodeHeaderValue(value)).toBe(expected);
  });
});

describe("the standard headers", () => {
  const call = { version: "2026-07-28", method: "tools/call", name: "naïve" };
  const right = { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": `=?base64?${Buffer.from("naïve").toString("base64")}?=` };

  it("of a right request are right", () => {
    expect(checkVersionHeader(headers(right), call)).toBeUndefined();
    expect(checkMethodHeaders(headers(right), call)).toBeUndefined();
  });

  it.each([
    ["another method", { "mcp-method": "tools/list" }],
    ["another case", { "mcp-method": "Tools/Call" }],
    ["no method", { "mcp-method": [] }],
    ["the method twice", { "mcp-method": ["tools/call", "tools/call"] }],
    ["another name", { "mcp-name": "safe" }],
    ["no name", { "mcp-name": [] }],
    ["the name twice", { "mcp-name": [right["mcp-name"], "safe"] }],
  ])("C10: with %s are refused with -32020 and 400", (_what, wrong) => {
    expect(checkMethodHeaders(headers({ ...right, ...wrong }), call)).toMatchObject({ status: 400, code: -32020 });
  });

  it.each([[[]], ["2025-11-25"], [["2026-07-28", "2026-07-28"]]])("with the version %j are refused", (version) => {
    expect(checkVersionHeader(headers({ ...right, "mcp-protocol-version": version }), call)).toMatchObject({ status: 400, code: -32020 });
  });

  it("need no name where the method acts on nothing that has one", () => {
    expect(checkMethodHeaders(headers({ "mcp-method": "tools/list" }), { method: "tools/list", name: undefined })).toBeUndefined();
  });
});

describe("the headers of parameters", () => {
  const schema = {
    type: "object",
    properties: {
      region: { type: "string", "x-mcp-header": "Region" },
      deep: { type: "object", properties: { count: { type: "integer", "x-mcp-header": "Count" } } },
      flag: { type: "boolean", "x-mcp-header": "Flag" },
      list: { type: "array", items: { type: "string", "x-mcp-header": "Item" } },
      spaced: { type: "string", "x-mcp-header": "not a token" },
      object: { type: "object", "x-mcp-header": "Object" },
    },
    anyOf: [{ properties: { other: { type: "string", "x-mcp-header": "Other" } } }],
  };
  const parameters = headerParameters(schema);

  it("are those of simple properties that are always there", () => {
    expect(parameters.map(({ header }) => header)).toEqual(["Region", "Count", "Flag"]);
  });

  it.each([
    [{ region: "eu" }, { "mcp-param-region": "eu" }, true],
    [{ region: "eu" }, { "mcp-param-region": "us" }, false],
    [{ region: "eu" }, {}, false],
    [{ region: "eu" }, { "mcp-param-region": ["eu", "eu"] }, false],
    [{ region: "a\r\nB: c" }, { "mcp-param-region": `=?base64?${Buffer.from("a\r\nB: c").toString("base64")}?=` }, true],
    [{ region: null }, {}, true],
    [{}, { "mcp-param-region": "eu" }, true],
    [{ deep: { count: 42 } }, { "mcp-param-count": "42.0" }, true],
    [{ deep: { count: 42 } }, { "mcp-param-count": "0x2a" }, false],
    [{ flag: true }, { "mcp-param-flag": "true" }, true],
    [{ flag: true }, { "mcp-param-flag": "1" }, false],
    [undefined, {}, true],
  ])("of the arguments %j agree with %j: %s", (args, sent, agree) => {
    expect(checkParameterHeaders(parameters, args, headers(sent)) === undefined).toBe(agree);
  });
});
