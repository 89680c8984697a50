import { describe, expect, it } from "vitest";
import { classify } from "../../src/wire/classify.ts";
import { readEnvelope } from "../../src/wire/envelope.ts";

const envelope = (message: object) => {
  const read = readEnvelope(Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message })));
  if (!read.ok) throw new Error(read.error.reason);
  return read.value;
};
const call = { id: 1, method: "tools/list" };
const stated = (version: unknown) => ({ ...call, params: { _meta: { "io.modelcontextprotocol/protocolVersion": version } } });

describe("the era of a message", () => {
  it.each([
    [call, undefined, "2025-03-26", "no header: the first revision that had none"],
    [call, "2025-11-25", "2025-11-25", "the header counts"],
    [call, "2024-11-05", "2024-11-05", "a client may have negotiated the oldest"],
    [{ id: 1, method: "initialize" }, "2026-07-28", "2025-03-26", "initialize is always of the session era"],
    [{ id: 1, result: {} }, "2025-06-18", "2025-06-18", "responses too"],
  ])("%o with %s is %s (%s)", (message, header, revision, _rationale) => {
    expect(classify(envelope(message), header)).toEqual({ ok: true, value: revision });
  });

  it.each([
    [stated("2026-07-28"), undefined, -32022, "2026-07-28", "the body decides"],
    [stated("2026-07-28"), "2025-11-25", -32022, "2026-07-28", "over the header"],
    [stated("2025-11-25"), undefined, -32022, "2025-11-25", "a stateless request, whatever it names"],
    [stated("<script>"), undefined, -32022, undefined, "nothing else of it is repeated"],
    [stated(7), undefined, -32022, undefined, "nor a number"],
    [call, "2026-07-28", -32022, "2026-07-28", "by the header alone"],
    [call, "2027-01-01", -32022, "2027-01-01", "and later ones"],
    [call, "2025-01-01", -32600, undefined, "a revision that never was"],
    [call, "2025-11-25, 2025-11-25", -32600, undefined, "the header twice"],
    [call, "", -32600, undefined, "an empty header"],
  ])("%o with %s is refused with %d, requested %s (%s)", (message, header, code, requested, _rationale) => {
    const supported = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];
    const data = requested === undefined ? { supported } : { supported, requested };
    expect(classify(envelope(message), header)).toEqual({ ok: false, error: { code, message: expect.any(String), data } });
  });
});
