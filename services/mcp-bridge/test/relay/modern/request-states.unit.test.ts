import { createFakeClock } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { requestDigest, RequestStates, type StateBinding } from "../../../src/relay/modern/request-states.ts";
import { readDocument } from "../../../src/wire/json-document.ts";

const binding: StateBinding = { caller: { subject: "a", client: "c" }, resource: "https://gateway/mcp", method: "tools/call", digest: "d" };

describe("C09: a request state", () => {
  it("opens for the same person, client, server and request, and says nothing to anybody else", () => {
    const states = new RequestStates(createFakeClock(), 1_000);
    const sealed = states.seal("cursor of the server", binding);
    expect(sealed).not.toContain("cursor");
    expect(states.open(sealed, binding)).toBe("cursor of the server");
    // Not single use: a client may have to send the same answer again.
    expect(states.open(sealed, binding)).toBe("cursor of the server");
  });

  it.each([
    ["another person", { caller: { subject: "b", client: "c" } }],
    ["another client of the person", { caller: { subject: "a", client: "d" } }],
    ["another server", { resource: "https://gateway/other/mcp" }],
    ["another method", { method: "prompts/get" }],
    ["other parameters", { digest: "e" }],
    ["names that only together are the same", { caller: { subject: 'a","c', client: "" } }],
  ])("does not open for %s", (_who, other) => {
    const states = new RequestStates(createFakeClock(), 1_000);
    expect(states.open(states.seal("s", binding), { ...binding, ...other })).toBeUndefined();
  });

  it("does not open when it was changed, made up, or comes from another process", () => {
    const states = new RequestStates(createFakeClock(), 1_000);
    const sealed = states.seal("s", binding);
    const flipped = `${sealed.slice(0, -2)}${sealed.endsWith("A") ? "B" : "A"}${sealed.at(-1)}`;
    for (const forged of [`${sealed}-TAMPERED`, flipped, "", "s", ".a1.", `${sealed.split(".")[0]}.a1.AAAA`]) expect(states.open(forged, binding)).toBeUndefined();
    expect(new RequestStates(createFakeClock(), 1_000).open(sealed, binding)).toBeUndefined();
    expect(states.open(sealed, binding)).toBe("s");
  });

  it("does not open after its time, nor with another time written on it", () => {
    const clock = createFakeClock();
    const states = new RequestStates(clock, 1_000);
    const sealed = states.seal("s", binding);
    const [, ...rest] = sealed.split(".");
    clock.advance(1_000);
    expect(states.open(sealed, binding)).toBeUndefined();
    expect(states.open([(clock.now() + 5_000).toString(36), ...rest].join("."), binding)).toBeUndefined();
  });
});

describe("the digest of a request", () => {
  const digest = (params: string): string => {
    const read = readDocument(Buffer.from(`{"params":${params}}`));
    if (!read.ok) throw new Error(read.error);
    return requestDigest({ document: read.value });
  };

  it("is the same over all rounds, however the parameters are ordered", () => {
    const first = digest('{"name":"t","arguments":{"a":1,"b":[1,2]},"_meta":{"x":1}}');
    expect(digest('{"arguments":{"b":[1,2], "a":1.0},"name":"t","requestState":"s","inputResponses":{}}')).toBe(first);
  });

  it.each(['{"name":"u","arguments":{"a":1}}', '{"name":"t","arguments":{"a":2}}', '{"name":"t"}', '{"name":"t","arguments":{"a":1},"x":1}'])("is another for %s", (params) => {
    expect(digest(params)).not.toBe(digest('{"name":"t","arguments":{"a":1}}'));
  });
});
