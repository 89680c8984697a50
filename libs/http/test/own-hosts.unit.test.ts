import { describe, expect, it } from "vitest";
import { ownHosts } from "../src/index.ts";

describe("a host that is ours (C14)", () => {
  it.each([
    ["mcp.example.com", true],
    ["MCP.example.com", true],
    ["127.0.0.1:8080", true],
    ["10.0.0.5", true],
    ["[fd00::1]:80", true],
    ["mcp.example.com:8080", false],
    ["evil.example", false],
    ["mcp.example.com.evil.example", false],
    ["1.2.3.4.evil.example", false],
    ["evil.example#mcp.example.com", false],
    ["", false],
  ])("host %j: %s", (host, own) => {
    expect(ownHosts("https://mcp.example.com")(host)).toBe(own);
  });

  it("on loopback has every name of loopback, and no other", () => {
    const isOwn = ownHosts("http://localhost:8080");
    expect(["localhost:8080", "LOCALHOST", "127.0.0.2:1", "[::1]:8080", "app.localhost"].map(isOwn)).toEqual([true, true, true, true, true]);
    expect(["localhost.evil.example", "evil.example:8080", "127.0.0.1.evil.example", "user@localhost"].map(isOwn)).toEqual([false, false, false, false]);
  });
});
