import { describe, expect, it } from "vitest";
import { parseOutboundUrl } from "../../src/outbound/outbound-url.ts";

const refused: readonly (readonly [raw: string, problem: string, why: string])[] = [
  ["http://client.example/a", "scheme", "anyone on the way could answer"],
  ["http://localhost:8080/a", "scheme", "loopback is not allowed here"],
  ["ftp://client.example/a", "scheme", "another protocol"],
  ["file:///etc/passwd", "scheme", "a file"],
  ["HTTPS://client.example/a", "scheme", "one spelling is enough"],
  ["//client.example/a", "scheme", "no scheme"],
  ["https:/client.example/a", "scheme", "URL() would add a slash"],
  ["https:\\\\client.example\\a", "scheme", "URL() would turn the slashes"],
  [" https://client.example/a", "scheme", "URL() would trim it"],
  ["", "scheme", "nothing"],
  ["https://user@client.example/a", "userinfo", "a name before the host"],
  ["https://user:secret@client.example/a", "userinfo", "a password before the host"],
  ["https://client.example@10.0.0.1/a", "userinfo", "a host that is a user name"],
  ["https://client.example/a#b", "fragment", "fragments are not sent"],
  ["https://client.example#@10.0.0.1/", "fragment", "a fragment that another parser takes for a user name"],
  ["https://client.example\\@10.0.0.1/", "userinfo", "a backslash ends the host for URL(), and for others it does not"],
  ["https://client.example/a\\b", "malformed", "a backslash in the path"],
  ["https://client.example/a b", "malformed", "a space"],
  ["https://client.example/a\tb", "malformed", "URL() would take the tab out"],
  ["https://client.exa\nmple/a", "malformed", "URL() would take the line break out"],
  ["https://client.example/a\r\nx: y", "malformed", "a header of one's own"],
  ["https://client.example/a\0", "malformed", "a NUL"],
  ["https://client.example/%zz", "malformed", "a percent sign that is no octet"],
  ["https://client.example/ä", "malformed", "beyond ASCII"],
  ["https://clıent.example/", "malformed", "a host beyond ASCII: two parsers, two names"],
  ["https://client.example:0/", "malformed", "port 0"],
  ["https://client.example:/", "malformed", "a port that is not there"],
  ["https://[::1%25eth0]/", "malformed", "a zone"],
  ["https:///a", "malformed", "no host"],
  ["https://client.example/a/../b", "dot_segments", "URL() would resolve it"],
  ["https://client.example/./b", "dot_segments", "URL() would resolve it"],
  ["https://client.example/..", "dot_segments", "at the end"],
  ["https://client.example/a/%2e%2E/b", "dot_segments", "encoded, and URL() would resolve it all the same"],
  ["https://client.example/a/.%2e/b", "dot_segments", "half encoded"],
  ["https://2130706433/", "host", "127.0.0.1 in decimal"],
  ["https://0x7f.1/", "host", "127.0.0.1 in hexadecimal and short"],
  ["https://0177.0.0.1/", "host", "127.0.0.1 in octal"],
  ["https://127.1/", "host", "127.0.0.1 in short"],
  ["https://[::ffff:10.0.0.1]/", "host", "not the one spelling of an IPv6 address"],
  ["https://[0:0:0:0:0:0:0:1]/", "host", "not the one spelling of an IPv6 address"],
  ["https://client.example./", "host", "another name to certificates, the same one to DNS"],
  ["https://client.example:65536/", "host", "no such port"],
  ["https://256.1.1.1/", "host", "no such address"],
  [`https://client.example/${"a".repeat(2048)}`, "too_long", "a bound"],
];

const allowed: readonly (readonly [raw: string, why: string])[] = [
  ["https://client.example", "no path"],
  ["https://client.example/a/b.json", "plain"],
  ["https://client.example:8443/a", "a port"],
  ["https://client.example:443/a", "the default port"],
  ["https://CLIENT.example/a", "hosts know no case"],
  ["https://client.example/a?b=c%20d", "a query"],
  ["https://client.example/a..b/...", "dots that are no dot segments"],
  ["https://client.example/@me", "an at sign in the path"],
  ["https://xn--bcher-kva.example/", "a name beyond ASCII in its ASCII form"],
  ["https://10.0.0.1/", "an address: looked at when it is connected to"],
  ["https://[::1]/", "an IPv6 address: looked at when it is connected to"],
];

describe("an outbound URL", () => {
  it.each(refused)("%j is refused: %s (%s)", (raw, problem) => {
    expect(parseOutboundUrl(raw, { allowLoopback: false })).toEqual({ ok: false, error: problem });
  });

  it.each(allowed)("%s may be looked at further (%s)", (raw) => {
    expect(parseOutboundUrl(raw, { allowLoopback: false })).toMatchObject({ ok: true });
  });

  it.each<[raw: string, allowed: boolean, why: string]>([
    ["http://localhost:8080/a", true, "loopback by name"],
    ["http://127.0.0.1/a", true, "loopback by address"],
    ["http://[::1]:8080/a", true, "loopback by IPv6 address"],
    ["http://127.0.0.2/a", false, "not our own address"],
    ["http://client.example/a", false, "another machine"],
    ["http://localhost.client.example/a", false, "another machine's name"],
  ])("%s is taken where loopback is allowed: %s (%s)", (raw, isAllowed) => {
    expect(parseOutboundUrl(raw, { allowLoopback: true }).ok).toBe(isAllowed);
  });
});
