import { describe, expect, it } from "vitest";
import { headerValues, isPlainJson, readAccept } from "../../src/guard/headers.ts";
import { ownOrigins } from "../../src/guard/own-address.ts";

describe("Accept", () => {
  it.each([
    [undefined, true, true],
    ["", true, true],
    ["*/*", true, true],
    ["application/json, text/event-stream", true, true],
    ["APPLICATION/JSON;q=0.9 , Text/Event-Stream; charset=utf-8", true, true],
    ["application/json", true, false],
    ["text/event-stream", false, true],
    ["text/*", false, true],
    ["text/html", false, false],
    ["application/json, text/event-stream;q=0", true, false],
    ["application/jsonx", false, false],
  ])("%j takes JSON: %s, a stream: %s", (accept, json, eventStream) => {
    expect(readAccept(accept)).toEqual({ json, eventStream });
  });
});

describe("Content-Type", () => {
  it.each([
    ["application/json", undefined, true],
    ["Application/JSON; charset=UTF-8", undefined, true],
    ['application/json;charset="utf-8"', "identity", true],
    ["application/json; charset=utf-16", undefined, false],
    ["application/json-rpc", undefined, false],
    ["text/plain", undefined, false],
    [undefined, undefined, false],
    ["application/json", "gzip", false],
    ["application/json, text/plain", undefined, false],
  ])("%j with encoding %j: %s", (type, encoding, plain) => {
    expect(isPlainJson(type, encoding)).toBe(plain);
  });
});

describe("a header that comes twice", () => {
  it("shows both values, whatever its case", () => {
    expect(headerValues(["Host", "a", "X", "y", "hOST", "b"], "host")).toEqual(["a", "b"]);
  });
});

describe("our own address", () => {
  it("on loopback has three names, with the port that is ours only", () => {
    expect([...ownOrigins("http://localhost:8080")]).toEqual(["http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"]);
  });

  it("on the internet has one origin, without the path", () => {
    expect([...ownOrigins("https://mcp.example.com/team")]).toEqual(["https://mcp.example.com"]);
  });
});
