import { describe, expect, test } from "vitest";
import { redact } from "../src/redact.ts";

const canary = "S3cr3t-Canary_42xyz";

/** Every way into a log line that a secret has been seen to take. `line` is what pino would write. */
const leaks: readonly { readonly why: string; readonly line: string }[] = [
  { why: "a field named after it", line: JSON.stringify({ access_token: canary }) },
  { why: "a field in camel case", line: JSON.stringify({ refreshToken: canary, codeVerifier: canary, code_challenge: canary }) },
  { why: "a header name", line: JSON.stringify({ "mcp-session-id": canary, "x-csrf-token": canary, "Set-Cookie": canary, csrf: canary }) },
  { why: "an environment variable", line: JSON.stringify({ env: { AUTH_ENCRYPTION_SECRET: canary, GITHUB_CLIENT_SECRET: canary } }) },
  { why: "a value with a quote and a backslash", line: JSON.stringify({ password: `a"${canary}\\` }) },
  { why: "a value that ends in a backslash", line: JSON.stringify({ token: `${canary}\\`, after: 1 }) },
  { why: "an authorization code in a URL", line: JSON.stringify({ url: `https://h/cb?code=${canary}&state=${canary}` }) },
  { why: "a URL escaped for HTML in JSON", line: `{"url":"https://h/cb?a=1\\u0026code=${canary}"}` },
  { why: "a URL inside a URL", line: JSON.stringify({ url: `/login?next=https%3A%2F%2Fh%2Fcb%3Fcode%3D${canary}%26state%3D${canary}` }) },
  { why: "a URL inside a URL inside a URL", line: JSON.stringify({ url: `/x?n=%252Fcb%253Fcode%253D${canary}` }) },
  { why: "a form body", line: JSON.stringify({ body: `grant_type=refresh_token&refresh_token=${canary}&client_secret=${canary}` }) },
  { why: "a name after an escaped line break", line: JSON.stringify({ msg: `failed\ncode=${canary}` }) },
  { why: "JSON inside a field", line: JSON.stringify({ body: JSON.stringify({ access_token: canary, id: 1 }) }) },
  { why: "JSON inside JSON inside a field", line: JSON.stringify({ body: JSON.stringify({ inner: JSON.stringify({ password: `x"${canary}` }) }) }) },
  { why: "JSON as a developer prints it", line: JSON.stringify({ body: JSON.stringify({ token: canary }, undefined, 2) }) },
  { why: "an object as Node shows it", line: JSON.stringify({ msg: `{ token: '${canary}', secret: "${canary}" }` }) },
  { why: "a list of cookies", line: JSON.stringify({ cookies: [canary, `a=${canary}`] }) },
  { why: "an object under a secret's name", line: JSON.stringify({ secret: { a: { b: canary, c: ["}", '"', "]"] } } }) },
  { why: "an object under a secret's name, inside JSON", line: JSON.stringify({ body: JSON.stringify({ token: { a: [`"${canary}`] } }) }) },
  { why: "a bracket that never closes", line: JSON.stringify({ msg: `token: {${canary} {` }) },
  { why: "a raw request", line: JSON.stringify({ raw: `GET / HTTP/1.1\r\nCookie: a=b; c=${canary}\r\nauthorization: Digest u="x", r="${canary}"\r\n` }) },
  { why: "a bearer scheme in a message", line: JSON.stringify({ msg: `sent Bearer ${canary}` }) },
  { why: "a bearer scheme in a URL", line: JSON.stringify({ url: `/x?h=bearer%20${canary}` }) },
  { why: "a stack", line: JSON.stringify({ err: { stack: `Error: no token=${canary}\n    at f (https://h/?code=${canary}:1:2)` } }) },
  { why: "a database URL", line: JSON.stringify({ url: `postgres://user:${canary}@db/x` }) },
  { why: "a name in text, at the start", line: `token=${canary}` },
  { why: "a name in text, quoted", line: `info request password="a ${canary} b" x=1` },
  { why: "our authorization code alone", line: JSON.stringify({ msg: `got mcp_ac_${canary}` }) },
  { why: "our client secret alone", line: JSON.stringify({ msg: `got mcp_cs_${canary}` }) },
  { why: "our refresh token alone", line: JSON.stringify({ x: `mcp_rt_${canary}` }) },
  { why: "a JWT alone", line: JSON.stringify({ x: `eyJhbGciOiJFUzI1NiJ9.${canary}.${canary}` }) },
  { why: "a JWT after an escaped line break", line: JSON.stringify({ x: `\neyJhbGciOiJFUzI1NiJ9.${canary}.sig` }) },
  { why: "an unsigned JWT", line: JSON.stringify({ x: `eyJhbGciOiJub25lIn0.${canary}.` }) },
  { why: "a Fernet token alone", line: JSON.stringify({ x: `gAAAAABl${canary}==` }) },
  { why: "our encrypted text alone", line: JSON.stringify({ x: `a1.${canary}${canary}` }) },
  { why: "a private key in PEM", line: JSON.stringify({ x: `-----BEGIN EC PRIVATE KEY-----\n${canary}\n-----END EC PRIVATE KEY-----` }) },
  { why: "a private key in PEM, cut off", line: JSON.stringify({ x: `-----BEGIN PRIVATE KEY-----\n${canary}` }) },
  { why: "the private half of a JWK", line: JSON.stringify({ jwk: { kty: "EC", d: `${canary}${canary}` } }) },
  { why: "the private half of a JWK, inside JSON", line: JSON.stringify({ x: JSON.stringify({ d: `${canary}${canary}` }) }) },
  { why: "a password hash", line: JSON.stringify({ x: `$2b$12$${canary}` }) },
  { why: "a Google token alone", line: JSON.stringify({ x: `ya29.${canary}` }) },
  { why: "a GitHub token alone", line: JSON.stringify({ x: "ghp_0123456789012345Canary" }) },
];

describe("redact takes out", () => {
  test.each(leaks)("$why", ({ line }) => {
    expect(redact(line)).not.toContain("Canary");
  });

  test.each(leaks.filter(({ line }) => line.startsWith("{")))("$why, and leaves JSON", ({ line }) => {
    expect(() => JSON.parse(redact(line)) as unknown).not.toThrow();
  });

  test.each(leaks)("$why, and a second pass changes nothing", ({ line }) => {
    expect(redact(redact(line))).toBe(redact(line));
  });

  const bytes = [...Buffer.from(canary)].join(",");
  test.each([
    { why: "a Buffer", line: JSON.stringify({ x: Buffer.from(canary) }) },
    { why: "a Buffer inside JSON", line: JSON.stringify({ x: JSON.stringify(Buffer.from(canary)) }) },
    { why: "a Buffer as Node shows it", line: `{"x":"<Buffer ${Buffer.from(canary).toString("hex").replaceAll(/(..)(?=.)/g, "$1 ")}>"}` },
    { why: "an array of bytes", line: JSON.stringify({ x: new Uint8Array(Buffer.from(canary)) }) },
    { why: "an array of bytes as Node shows it", line: `{"x":"Uint8Array(19) [ ${bytes.replaceAll(",", ", ")} ]"}` },
  ])("$why", ({ line }) => {
    const shown = redact(line);
    expect(shown).not.toMatch(/83, ?51|"1\\*":51|53 33/);
    expect(() => JSON.parse(shown) as unknown).not.toThrow();
  });
});

describe("redact leaves", () => {
  test.each([
    { why: "what stands behind a secret", line: JSON.stringify({ token: "x", after: "keep" }), kept: '"after":"keep"' },
    { why: "the rest of a URL", line: JSON.stringify({ url: "https://h/cb?code=x&iss=keep" }), kept: "&iss=keep" },
    { why: "the rest of JSON inside a field", line: JSON.stringify({ b: JSON.stringify({ token: "x", after: "keep" }) }), kept: '\\"after\\":\\"keep\\"' },
    { why: "headers that hold no secret", line: JSON.stringify({ raw: "Cookie: a=b\r\nHost: keep\r\n" }), kept: "Host: keep" },
    { why: "a Node error code", line: JSON.stringify({ code: "ECONNREFUSED" }), kept: "ECONNREFUSED" },
    { why: "an OAuth error code", line: JSON.stringify({ code: "invalid_grant" }), kept: "invalid_grant" },
    { why: "an error code of the bus", line: JSON.stringify({ code: "conflict" }), kept: "conflict" },
    { why: "an exit code", line: JSON.stringify({ exitCode: 3, statusCode: "200" }), kept: '"exitCode":3,"statusCode":"200"' },
    { why: "counts and literals", line: JSON.stringify({ tokens: 3, state: null, session: true }), kept: '"tokens":3,"state":null,"session":true' },
    { why: "a challenge without credentials", line: JSON.stringify({ msg: 'Bearer realm="x"' }), kept: 'Bearer realm=\\"x\\"' },
    { why: "our public client ids", line: JSON.stringify({ client: "mcp_client_abcdefghij" }), kept: "mcp_client_abcdefghij" },
    { why: "names that only contain a secret's", line: JSON.stringify({ token_endpoint: "keep", code_challenge_methods_supported: "keep2" }), kept: '"token_endpoint":"keep","code_challenge_methods_supported":"keep2"' },
  ])("$why", ({ line, kept }) => {
    expect(redact(line)).toContain(kept);
  });

  test("a line without secrets as it is", () => {
    const line = JSON.stringify({ level: "info", route: "/mcp", status: 200, msg: "request" });
    expect(redact(line)).toBe(line);
  });
});

test("redact reads a hostile line once: twice the length costs about twice the work", () => {
  // Quadratic patterns need minutes for these; the suite's time limit is the bound.
  const pieces = ["token:{", "eyJ", "code=", "\\", 'token":"', "://a:", "-----BEGIN PRIVATE KEY-----", '{"0":1,', "<Buffer 00", "Uint8Array(1) [", "bearer ", '{\\"token\\":[\\"'];
  for (const piece of pieces) expect(redact(piece.repeat(1_000_000 / piece.length)).length).toBeGreaterThan(0);
});
