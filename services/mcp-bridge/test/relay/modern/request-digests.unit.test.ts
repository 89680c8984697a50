import { describe, expect, it } from "vitest";
import { RequestDigests } from "../../../src/relay/modern/request-digests.ts";
import { requestDigest } from "../../../src/relay/modern/request-states.ts";
import { type ModernRequest, readModernRequest } from "../../../src/wire/rev-2026-07-28/request.ts";
import { modernMeta } from "../../fixtures/modern-client.ts";

const requestOf = (method: string, bytes: number): ModernRequest => {
  const read = readModernRequest(Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: { name: "t", pad: "x".repeat(bytes), _meta: modernMeta } })), 1, method);
  if (!read.ok) throw new Error(read.error.message);
  return read.value;
};

const setUp = (mostBytes: number) => {
  const made: ModernRequest[] = [];
  const digests = new RequestDigests(mostBytes, (request) => {
    made.push(request);
    return requestDigest(request);
  });
  return { made, digests };
};

describe("the digest of a request", () => {
  it.each([100, 100_000])("is not made of a body of %i bytes before somebody asks for it, and once", (bytes) => {
    const { made, digests } = setUp(1_000_000);
    const request = requestOf("tools/call", bytes);
    const digest = digests.of(request);
    expect(made).toHaveLength(0);
    expect([digest.value(), digest.value()]).toEqual([requestDigest(request), requestDigest(request)]);
    expect(made).toHaveLength(1);
  });

  it("is made at once where too much would be kept, and not any more when others are over", () => {
    const { made, digests } = setUp(250_000);
    const [first, second] = [digests.of(requestOf("tools/call", 100_000)), digests.of(requestOf("resources/read", 100_000))];
    expect(made).toHaveLength(0);
    const request = requestOf("prompts/get", 100_000);
    expect(digests.of(request).value()).toBe(requestDigest(request));
    expect(made).toHaveLength(1);
    for (const digest of [first, first, second]) digest.release();
    for (let times = 0; times < 2; times += 1) digests.of(requestOf("tools/call", 100_000));
    expect(made).toHaveLength(1);
    digests.of(requestOf("tools/call", 100_000));
    expect(made).toHaveLength(2);
  });

  it("is never made of a request that has no rounds", () => {
    const { made, digests } = setUp(0);
    for (const method of ["tools/list", "subscriptions/listen", "un/known"]) digests.of(requestOf(method, 100_000)).value();
    expect(made).toHaveLength(0);
  });
});
