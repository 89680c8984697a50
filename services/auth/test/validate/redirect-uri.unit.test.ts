import { describe, expect, it } from "vitest";
import { matchRedirectUri, parseRedirectUri, type RedirectUriPolicy, type RedirectUriProblem } from "../../src/validate/redirect-uri.ts";
import { realClients } from "./real-clients.ts";

const policy: RedirectUriPolicy = { schemes: ["cursor", "vscode", "vscode-insiders"], issuer: "https://gate.example.com" };
const local: RedirectUriPolicy = { ...policy, issuer: "http://localhost:8080" };

describe("redirect URIs that are accepted", () => {
  it.each<[raw: string, kind: string, shownHost: string, why: string]>([
    ["https://app.example.com/cb", "https", "app.example.com", "the ordinary case"],
    ["https://app.example.com:8443/cb?tenant=1", "https", "app.example.com:8443", "the port is part of whose it is"],
    ["https://app.example.com", "https", "app.example.com", "no path is a path"],
    ["https://xn--bcher-kva.example/cb", "https", "xn--bcher-kva.example", "an international name is shown encoded: look-alikes are visible"],
    ["https://app.example.com/cb?next=%2Fhome%20page", "https", "app.example.com", "a query may hold encoded text"],
    ["https://app.example.com/a%20b", "https", "app.example.com", "an octet that needs encoding"],
    ["https://[2001:db8::1]:8443/cb", "https", "[2001:db8::1]:8443", "IPv6 in its canonical form"],
    ["http://localhost:3000/callback", "loopback", "localhost:3000", "native apps"],
    ["http://127.0.0.1/callback", "loopback", "127.0.0.1", "native apps without a port"],
    ["http://[::1]:9/callback", "loopback", "[::1]:9", "native apps on IPv6"],
    ["http://localhost:1455/auth/callback", "loopback", "localhost:1455", "a path like our callback on another port"],
    ["cursor://anysphere.cursor-mcp/oauth/callback", "private-use", "cursor://anysphere.cursor-mcp", "a listed scheme"],
    ["vscode:/callback", "private-use", "vscode:", "RFC 8252 writes them with one slash"],
  ])("accepts %s", (raw, kind, shownHost) => {
    expect(parseRedirectUri(raw, local)).toEqual({ ok: true, value: { raw, kind, shownHost } });
  });
});

describe("redirect URIs that are refused", () => {
  it.each<[raw: string, problem: RedirectUriProblem, why: string]>([
    ["javascript:alert(1)", "dangerous_scheme", "runs in our origin"],
    ["JavaScript://%0aalert(1)", "dangerous_scheme", "schemes have no case"],
    ["data:text/html,x", "dangerous_scheme", "a page without an origin"],
    ["file:///etc/passwd", "dangerous_scheme", "reads the disk"],
    ["vbscript:x", "dangerous_scheme", "runs code"],
    ["view-source:https://a.example/", "dangerous_scheme", "wraps another one"],
    ["java\nscript:alert(1)", "malformed", "URL() drops line breaks and finds a scheme"],
    [" https://app.example.com/cb", "malformed", "URL() trims"],
    ["https://app.example.com/cb\t", "malformed", "URL() trims"],
    ["https://app.example.com\\@evil.example/cb", "malformed", "URL() reads a backslash as a slash"],
    ["https:/\\evil.example/cb", "malformed", "the same"],
    ["https:evil.example/cb", "malformed", "URL() adds the slashes"],
    ["https:///evil.example/cb", "host_refused", "URL() drops a slash too many"],
    ["HTTPS://app.example.com/cb", "malformed", "one spelling only"],
    ["//evil.example/cb", "malformed", "no scheme"],
    ["/cb", "malformed", "relative"],
    ["", "malformed", "nothing"],
    ["https://bücher.example/cb", "malformed", "look-alike letters are to be encoded"],
    ["https://app.example.com/c b", "malformed", "a space"],
    ["https://app.example.com/%zz", "malformed", "half an octet"],
    ["https://app.example.com/cb#x", "fragment", "RFC 6749 section 3.1.2"],
    ["https://app.example.com/cb#", "fragment", "an empty one, too"],
    ["https://claude.ai@evil.example/cb", "userinfo", "reads as another host"],
    ["https://user:pass@app.example.com/cb", "userinfo", "the same"],
    ["cursor://a@b/cb", "userinfo", "in every scheme"],
    ["http://app.example.com/cb", "insecure_http", "the code would travel in clear"],
    ["http://localhost.evil.example/cb", "insecure_http", "only looks like loopback"],
    ["http://127.0.0.1.evil.example/cb", "insecure_http", "only looks like loopback"],
    ["http://127.1/cb", "insecure_http", "URL() makes 127.0.0.1 of it"],
    ["http://2130706433/cb", "insecure_http", "the same in decimal"],
    ["http://0x7f.0.0.1/cb", "insecure_http", "the same in hex"],
    ["http://localhost./cb", "insecure_http", "a trailing dot is another name"],
    ["http://LOCALHOST/cb", "insecure_http", "one spelling only"],
    ["http://0.0.0.0/cb", "insecure_http", "not loopback"],
    ["http://[::ffff:127.0.0.1]/cb", "insecure_http", "one spelling only"],
    ["http://192.168.0.1/cb", "insecure_http", "a neighbour is not loopback"],
    ["http://localhost:0/cb", "insecure_http", "nobody listens on port 0"],
    ["http://localhost:99999/cb", "host_refused", "not a port"],
    ["https://app.example.com./cb", "host_refused", "a trailing dot is another name for the same host"],
    ["https://app..example.com/cb", "host_refused", "an empty label"],
    ["https://app%2eexample.com/cb", "host_refused", "URL() decodes it"],
    ["https://2130706433/cb", "host_refused", "URL() makes an address of it"],
    ["https://[0:0:0:0:0:0:0:1]/cb", "host_refused", "URL() shortens it: not what a person reads"],
    ["https://app.example.com:/cb", "host_refused", "URL() drops the colon"],
    ["https://app.example.com:0443/cb", "host_refused", "URL() drops the zero"],
    ["https://app.example.com/a/../cb", "path_refused", "URL() resolves it"],
    ["https://app.example.com/./cb", "path_refused", "URL() resolves it"],
    ["https://app.example.com/a/%2e%2e/cb", "path_refused", "URL() resolves it even encoded"],
    ["https://app.example.com/a/.%2E/cb", "path_refused", "half encoded"],
    ["https://app.example.com/a%2fcb", "path_refused", "an encoded slash: servers disagree"],
    ["https://app.example.com/a%5ccb", "path_refused", "an encoded backslash"],
    ["https://app.example.com/a%252e", "path_refused", "encoded twice"],
    ["https://app.example.com/%63b", "path_refused", "a second spelling of cb"],
    ["https://app.example.com/cb%00", "path_refused", "NUL ends strings elsewhere"],
    ["https://app.example.com/cb?x=%0d%0aSet-Cookie:a", "path_refused", "a header for whoever decodes it"],
    ["com.example.app:/cb", "scheme_not_listed", "private use, but not on the operator's list"],
    ["mailto:a@b.example", "scheme_not_listed", "not on the list"],
    [`https://app.example.com/${"a".repeat(2048)}`, "too_long", "a bound on everything"],
    ["https://gate.example.com/auth/callback", "our_own_address", "a code would be taken for a provider's"],
    ["https://gate.example.com/auth/github/callback", "our_own_address", "the same per provider"],
    ["https://gate.example.com:443/auth/callback", "our_own_address", "the default port is the same place"],
    ["https://gate.example.com/auth/callback?x=1", "our_own_address", "whatever the query"],
    ["https://gate.example.com/authorize?client_id=x", "our_own_address", "the way back would be a way in, from ourselves (A03)"],
    ["https://gate.example.com", "our_own_address", "no page of ours at all"],
  ])("refuses %j as %s: %s", (raw, problem) => {
    expect(parseRedirectUri(raw, policy)).toEqual({ ok: false, error: problem });
  });

  it("refuses a scheme the operator lists if it is dangerous", () => {
    expect(parseRedirectUri("javascript:alert(1)", { ...policy, schemes: ["javascript"] })).toEqual({ ok: false, error: "dangerous_scheme" });
  });

  it("knows its own callback below the path of its own address", () => {
    const below = { ...policy, issuer: "https://gate.example.com/t1" };
    expect(parseRedirectUri("https://gate.example.com/t1/auth/callback", below)).toEqual({ ok: false, error: "our_own_address" });
    expect(parseRedirectUri("https://gate.example.com/t1", below).ok).toBe(false);
    expect(parseRedirectUri("https://gate.example.com/t1/authorize", below).ok).toBe(false);
    expect(parseRedirectUri("https://gate.example.com/t12/callback", below).ok).toBe(true);
    expect(parseRedirectUri("https://gate.example.com/auth/callback", below).ok).toBe(true);
  });
});

describe("matching against a registration", () => {
  const matches = (requested: string | undefined, registered: readonly string[], using = policy): boolean =>
    matchRedirectUri(requested, registered, using).ok;

  it.each<[registered: string, requested: string, matches: boolean, why: string]>([
    ["https://app.example.com/cb", "https://app.example.com/cb", true, "the same bytes"],
    ["https://app.example.com/cb", "https://app.example.com/cb/", false, "a slash more"],
    ["https://app.example.com/cb", "https://app.example.com/cb/evil", false, "a longer path"],
    ["https://app.example.com/cb", "https://app.example.com/c", false, "a prefix"],
    ["https://app.example.com/cb", "https://app.example.com/cb?x=1", false, "a query more"],
    ["https://app.example.com/cb?x=1", "https://app.example.com/cb", false, "a query less"],
    ["https://app.example.com/cb", "https://app.example.com/CB", false, "paths have case"],
    ["https://app.example.com/cb", "https://APP.example.com/cb", false, "no normalisation at all"],
    ["https://app.example.com/cb", "https://app.example.com:443/cb", false, "no normalisation at all"],
    ["https://app.example.com/cb", "https://app.example.com./cb", false, "a trailing dot"],
    ["https://app.example.com/cb", "https://app.example.com:8443/cb", false, "ports are free on loopback only"],
    ["https://app.example.com/cb", "https://app.example.com.evil.example/cb", false, "a suffix"],
    ["https://app.example.com/cb", "https://evil.example/https://app.example.com/cb", false, "inside of another"],
    ["https://app.example.com/cb", "https://app.example.com@evil.example/cb", false, "userinfo"],
    ["https://app.example.com/cb", "https://app.example.com/x/../cb", false, "resolves to the same, is not the same"],
    ["https://app.example.com/cb", "https://app.example.com/%63b", false, "decodes to the same, is not the same"],
    ["http://localhost/cb", "http://localhost:4711/cb", true, "loopback: any port"],
    ["http://localhost:1/cb", "http://localhost:65535/cb", true, "loopback: any port"],
    ["http://localhost:1/cb", "http://localhost/cb", true, "loopback: no port"],
    ["http://127.0.0.1/cb", "http://127.0.0.1:4711/cb", true, "loopback: any port"],
    ["http://[::1]/cb", "http://[::1]:4711/cb", true, "loopback: any port"],
    ["http://localhost/cb", "http://127.0.0.1/cb", false, "localhost may resolve to something else"],
    ["http://127.0.0.1/cb", "http://localhost/cb", false, "the same the other way"],
    ["http://127.0.0.1/cb", "http://[::1]/cb", false, "another program may listen there"],
    ["http://localhost/cb", "http://localhost:4711/other", false, "the path is exact"],
    ["http://localhost/cb", "http://localhost:4711/cb?x", false, "the query is exact"],
    ["http://localhost/cb", "https://localhost:4711/cb", false, "the scheme is exact"],
    ["http://localhost", "http://localhost:4711", true, "no path"],
    ["http://localhost", "http://localhost:4711/", false, "no path is not a slash"],
    ["http://localhost/cb", "http://localhost:4711@evil.example/cb", false, "a port that is userinfo"],
    ["http://localhost/cb", "http://localhost:99999/cb", false, "not a port"],
    ["cursor://x/cb", "cursor://x:1/cb", false, "ports are free on loopback only"],
  ])("registered %s, asked %s: %s (%s)", (registered, requested, expected) => {
    expect(matches(requested, [registered])).toBe(expected);
  });

  it("takes the only one when the request names none", () => {
    expect(matchRedirectUri(undefined, ["https://app.example.com/cb"], policy)).toMatchObject({ ok: true, value: { raw: "https://app.example.com/cb" } });
    expect(matchRedirectUri("", ["https://a.example/1", "https://a.example/2"], policy)).toEqual({ ok: false, error: "missing" });
    expect(matchRedirectUri(undefined, [], policy)).toEqual({ ok: false, error: "missing" });
  });

  it("refuses a registered URI whose scheme has left the list", () => {
    const registered = ["cursor://anysphere.cursor-mcp/oauth/callback"];
    expect(matches(registered[0], registered)).toBe(true);
    expect(matches(registered[0], registered, { ...policy, schemes: [] })).toBe(false);
  });

  it("does not let the free port reach any page of ours, by whatever name of this machine", () => {
    for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
      expect(matches(`http://${host}:1455/authorize`, [`http://${host}/authorize`], local)).toBe(true);
      expect(matches(`http://${host}:8080/authorize`, [`http://${host}/authorize`], local)).toBe(false);
    }
    expect(matches("http://localhost:1455/auth/callback", ["http://localhost/auth/callback"], local)).toBe(true);
    expect(matches("http://localhost:8080/auth/callback", ["http://localhost/auth/callback"], local)).toBe(false);
  });

  it.each(realClients.flatMap(({ client, keeps, asks }) => asks.map((asked) => ({ client, keeps, asked }))))("works for $client at $asked", ({ keeps, asked }) => {
    expect(matchRedirectUri(asked, keeps, policy)).toMatchObject({ ok: true, value: { raw: asked } });
  });
});
