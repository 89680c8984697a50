import { describe, expect, it } from "vitest";
import { readEnvelope } from "../../../src/wire/envelope.ts";
import { isModernMessage } from "../../../src/wire/rev-2026-07-28/claim.ts";

const claim = (version: unknown) => ({ _meta: { "io.modelcontextprotocol/protocolVersion": version } });

describe("the era of a posted message", () => {
  it.each([
    [{ id: 1, method: "tools/list", params: claim("2026-07-28") }, undefined, true, "it says so"],
    [{ id: 1, method: "tools/list", params: claim("2025-11-25") }, "2025-11-25", true, "older revisions say nothing in _meta: an unsupported version"],
    [{ id: 1, method: "tools/list" }, "2026-07-28", true, "the header alone: what is missing has to be said"],
    [{ id: 1, method: "tools/list" }, "2025-11-25", false, "a session's"],
    [{ id: 1, method: "tools/list" }, undefined, false, "a session's without a header"],
    [{ id: 1, method: "initialize" }, "2026-07-28", false, "clients send the headers of both eras while they probe"],
    [{ id: 1, method: "initialize", params: claim("2026-07-28") }, "2026-07-28", true, "a method that the modern era does not have"],
    [{ method: "notifications/initialized" }, "2025-11-25", false, "a session's notification"],
    [{ method: "notifications/cancelled", params: claim("2026-07-28") }, "2026-07-28", true, "a modern notification"],
    [{ id: 1, result: {} }, "2026-07-28", false, "only sessions have responses from clients"],
  ])("of %j with the header %j is modern: %s (%s)", (message: object, header: string | undefined, expected: boolean, _why: string) => {
    const read = readEnvelope(Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message })));
    expect(read.ok && isModernMessage(read.value, header)).toBe(expected);
  });
});
