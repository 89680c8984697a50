import { expect, it } from "vitest";
import { parseExternalUrl } from "../src/external-url.ts";

it.each([
  ["http://localhost:8080", { base: "http://localhost:8080", secure: false, host: "localhost", port: 8080, loopback: true }],
  ["http://localhost:8080/", { base: "http://localhost:8080", secure: false, host: "localhost", port: 8080, loopback: true }],
  ["http://127.0.0.1:9", { base: "http://127.0.0.1:9", secure: false, host: "127.0.0.1", port: 9, loopback: true }],
  ["http://[::1]:8080", { base: "http://[::1]:8080", secure: false, host: "::1", port: 8080, loopback: true }],
  ["http://localhost", { base: "http://localhost", secure: false, host: "localhost", port: 80, loopback: true }],
  ["https://mcp.example.com", { base: "https://mcp.example.com", secure: true, host: "mcp.example.com", port: 443, loopback: false }],
  ["https://mcp.example.com/tools/a/", { base: "https://mcp.example.com/tools/a", secure: true, host: "mcp.example.com", port: 443, loopback: false }],
  ["https://mcp.example.com:8443", { base: "https://mcp.example.com:8443", secure: true, host: "mcp.example.com", port: 8443, loopback: false }],
  ["https://localhost.example.com", { base: "https://localhost.example.com", secure: true, host: "localhost.example.com", port: 443, loopback: false }],
])("takes %s", (given, taken) => {
  expect(parseExternalUrl(given)).toEqual({ ok: true, value: taken });
});

it.each([
  ["mcp.example.com", "a URL has a scheme"],
  ["ftp://mcp.example.com", "clients speak HTTP"],
  ["HTTPS://mcp.example.com", "issuers are compared byte for byte"],
  ["https://MCP.example.com", "issuers are compared byte for byte, and URL() lowers it"],
  ["https://mcp.example.com:443", "URL() drops a default port"],
  ["http://localhost:80", "URL() drops a default port"],
  ["https://mcp.example.com:", "URL() drops an empty port"],
  ["https://mcp.example.com//", "only one slash is stripped"],
  ["https://mcp.example.com/a//b", "the path would be two for some routers"],
  ["https://mcp.example.com/a/../b", "URL() resolves dots"],
  ["https://mcp.example.com/%61", "encoded forms have twins"],
  ["https://mcp.example.com/a b", "URL() would encode it"],
  ["https://mcp.example.com\n", "URL() drops line ends"],
  ["https://mcp.example.com\\a", "URL() turns it into a slash"],
  ["https://mcp.example.com?x=1", "an issuer has no query (RFC 8414 section 2)"],
  ["https://mcp.example.com#x", "an issuer has no fragment (RFC 8414 section 2)"],
  ["https://user:pass@mcp.example.com", "a password would be in every document"],
  ["https://mcp.example.com.", "the same host with another name"],
  ["http://127.1:8080", "URL() completes it"],
  ["http://0x7f000001:8080", "URL() decodes it"],
  ["https://bücher.example", "URL() encodes it"],
  ["http://0.0.0.0:8080", "no address that a client can reach"],
  ["http://[::]:8080", "no address that a client can reach"],
  ["http://localhost:0", "no port"],
  ["http://localhost:99999", "no port"],
  ["https://", "no host"],
  [`https://mcp.example.com/${"a".repeat(377)}`, "401 characters: events that name the server have room for 400 and the endpoint's path"],
])("refuses %s: %s", (given) => {
  expect(parseExternalUrl(given)).toMatchObject({ ok: false });
});

it("takes 400 characters", () => {
  expect(parseExternalUrl(`https://mcp.example.com/${"a".repeat(376)}`)).toMatchObject({ ok: true });
});

it("says the form that it takes", () => {
  expect(parseExternalUrl("https://MCP.example.com/x")).toEqual({ ok: false, error: "hosts are written in lower case: https://mcp.example.com/x" });
  expect(parseExternalUrl("https://mcp.example.com:443/x")).toEqual({ ok: false, error: "the default port is not written: https://mcp.example.com/x" });
  expect(parseExternalUrl("http://127.1:8080")).toEqual({ ok: false, error: "it takes the plain form: http://127.0.0.1:8080" });
});
