import { describe, expect, it } from "vitest";
import { parseBoundResource, parseResource } from "../../src/validate/resource.ts";

const one = ["https://gate.example.com/mcp"];
const many = ["https://gate.example.com/files/mcp", "https://gate.example.com/mail/mcp"];
const local = ["http://localhost:8080/mcp"];

describe("the resource of a request", () => {
  it.each<[raw: string | undefined, ours: readonly string[], outcome: string, why: string]>([
    ["https://gate.example.com/mcp", one, "https://gate.example.com/mcp", "canonical"],
    ["https://gate.example.com/mcp/", one, "https://gate.example.com/mcp", "a slash more, as some clients send"],
    ["HTTPS://GATE.Example.com/mcp", one, "https://gate.example.com/mcp", "upper-case scheme and host"],
    ["https://gate.example.com:443/mcp", one, "https://gate.example.com/mcp", "the default port"],
    ["http://localhost:8080/mcp", local, "http://localhost:8080/mcp", "with a port"],
    [undefined, one, "https://gate.example.com/mcp", "clients of 2025-03-26 send none"],
    ["", one, "https://gate.example.com/mcp", "empty is absent"],
    ["https://gate.example.com/mail/mcp", many, "https://gate.example.com/mail/mcp", "one of several"],
    [undefined, many, "invalid_target", "no guessing among several"],
    [undefined, [], "invalid_target", "none at all: no token without an audience"],
    ["https://gate.example.com/mcp#x", one, "invalid_target", "RFC 8707 forbids fragments"],
    ["https://gate.example.com/mcp#", one, "invalid_target", "an empty one, too"],
    ["https://gate.example.com/mcp?x=1", one, "invalid_target", "a query makes another resource"],
    ["https://gate.example.com/MCP", one, "invalid_target", "paths have case"],
    ["https://gate.example.com/mcp//", one, "invalid_target", "one slash, not two"],
    ["https://gate.example.com/mcp-other", one, "invalid_target", "a prefix is not the same"],
    ["https://gate.example.com/", one, "invalid_target", "the whole host is more than one server"],
    ["https://gate.example.com", one, "invalid_target", "the same"],
    ["https://evil.example/mcp", one, "invalid_target", "somebody else's"],
    ["https://gate.example.com@evil.example/mcp", one, "invalid_target", "userinfo"],
    ["https://gate.example.com/x/../mcp", one, "invalid_target", "URL() would resolve it"],
    ["https://gate.example.com/%6dcp", one, "invalid_target", "encoded"],
    ["https://gate.example.com\\mcp", one, "invalid_target", "a backslash"],
    ["http://gate.example.com/mcp", one, "invalid_target", "another scheme"],
    ["https://gate.example.com:8443/mcp", one, "invalid_target", "another port"],
    ["mcp", one, "invalid_target", "relative"],
    [`https://gate.example.com/mcp${" ".repeat(3000)}`, one, "invalid_target", "a bound on the length"],
  ])("%j: %#", (raw, ours, outcome) => {
    const parsed = parseResource(raw, ours);
    expect(parsed.ok ? parsed.value : parsed.error).toBe(outcome);
  });

  it("stays the one that was bound", () => {
    const [bound = "", other = ""] = many;
    expect(parseBoundResource(undefined, bound)).toEqual({ ok: true, value: bound });
    expect(parseBoundResource(`${bound}/`, bound)).toEqual({ ok: true, value: bound });
    expect(parseBoundResource(other, bound)).toEqual({ ok: false, error: "invalid_target" });
  });
});
