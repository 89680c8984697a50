import { describe, expect, it } from "vitest";
import { isClientIdUrl, parseClientIdUrl } from "../../src/validate/client-id-url.ts";

const refused: readonly (readonly [raw: string, problem: string, why: string])[] = [
  ["https://client.example", "no_path", "A4.2: a path component"],
  ["https://client.example?x", "query", "no path either"],
  ["https://client.example/doc?v=1", "query", "A4.2: SHOULD NOT, and refused"],
  ["https://client.example/doc?", "query", "an empty query is a query"],
  ["https://client.example/doc#x", "fragment", "A4.2"],
  ["https://client.example/doc#", "fragment", "an empty fragment is a fragment"],
  ["https://user@client.example/doc", "userinfo", "A4.2"],
  ["https://user:secret@client.example/doc", "userinfo", "A4.2"],
  ["https://@client.example/doc", "userinfo", "empty userinfo, which URL() would drop"],
  ["https://client.example/./doc", "dot_segments", "A4.2"],
  ["https://client.example/a/../doc", "dot_segments", "A4.2: URL() would resolve it to another document"],
  ["https://client.example/..", "dot_segments", "at the end"],
  ["https://client.example/%2e%2E/doc", "dot_segments", "encoded: URL() resolves it all the same"],
  ["https://client.example/.%2e/doc", "dot_segments", "half encoded"],
  ["https://client.example\\doc", "malformed", "URL() would turn the slash"],
  ["https://client.example/a\\..\\doc", "malformed", "URL() would turn the slashes and resolve"],
  ["https://client.example/a b", "malformed", "a space"],
  ["https://client.example/a\tb", "malformed", "URL() would take it out"],
  ["https://client.example/doc\n", "malformed", "URL() would take it out"],
  ["https://client.example/\0", "malformed", "a NUL"],
  ["https://client.example/%zz", "malformed", "no octet"],
  ["https://client.example/ä", "malformed", "beyond ASCII"],
  ["https://clіent.example/doc", "malformed", "a Cyrillic letter that looks Latin"],
  ["https:///doc", "malformed", "no host"],
  ["https:/client.example/doc", "malformed", "URL() would add a slash"],
  ["http://client.example/doc", "malformed", "A4.2: https"],
  ["HTTPS://client.example/doc", "malformed", "not how ids are written"],
  ["https://client.example:0/doc", "malformed", "port 0"],
  ["https://client.example:/doc", "malformed", "a port that is not there"],
  ["https://client.example:65536/doc", "host", "no such port"],
  ["https://2130706433/doc", "host", "an address in decimal"],
  ["https://0x7f.0.0.1/doc", "host", "an address in hexadecimal"],
  ["https://0177.0.0.1/doc", "host", "an address in octal"],
  ["https://127.1/doc", "host", "an address in short"],
  ["https://[::ffff:10.0.0.1]/doc", "host", "not the one spelling of an IPv6 address"],
  ["https://client.example./doc", "host", "a second name for the same host"],
  [`https://client.example/${"a".repeat(512)}`, "too_long", "it travels in tokens and rows"],
];

describe("a client id that is a URL", () => {
  it.each(refused)("%j is refused: %s (%s)", (raw, problem) => {
    expect(parseClientIdUrl(raw)).toEqual({ ok: false, error: problem });
  });

  it.each<[raw: string, shownHost: string, why: string]>([
    ["https://claude.ai/oauth/mcp-oauth-client-metadata", "claude.ai", "Claude"],
    ["https://claude.ai/oauth/claude-code-client-metadata", "claude.ai", "Claude Code"],
    ["https://vscode.dev/oauth/client-metadata.json", "vscode.dev", "VS Code"],
    ["https://client.example/", "client.example", "not recommended, and not forbidden"],
    ["https://client.example:8443/doc", "client.example:8443", "A4.2: a port is allowed"],
    ["https://client.example:443/doc", "client.example", "the default port, as another id than without"],
    ["https://client.example/a..b/...json", "client.example", "dots that are no dot segments"],
    ["https://client.example/~me/a%20b;c=d", "client.example", "whatever RFC 3986 allows"],
  ])("%s is taken as it is, of %s (%s)", (raw, shownHost) => {
    expect(parseClientIdUrl(raw)).toEqual({ ok: true, value: { raw, shownHost } });
  });

  it.each<[id: string, isUrl: boolean]>([
    ["https://client.example/doc", true],
    ["https://", true],
    ["http://client.example/doc", false],
    ["mcp_client_abc", false],
    ["", false],
  ])("%j is looked for as a document: %s (A4.1)", (id, isUrl) => {
    expect(isClientIdUrl(id)).toBe(isUrl);
  });
});
