import { describe, expect, it } from "vitest";
import { parseClientDocument } from "../../src/validate/client-document.ts";

const clientId = "https://client.example/doc";
const policy = { schemes: ["cursor"], issuer: "https://gate.example" };
const good = { client_id: clientId, client_name: "Good client", redirect_uris: ["https://client.example/callback"] };

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (document: unknown, contentType: string | undefined = "application/json") =>
  parseClientDocument(clientId, { contentType, body: bytes(JSON.stringify(document)) }, policy);
const problemOf = (document: unknown): string | undefined => {
  const parsed = parse(document);
  return parsed.ok ? undefined : parsed.error.code;
};

const refused: readonly (readonly [why: string, document: unknown, problem: string])[] = [
  ["A4.8: another client's id", { ...good, client_id: "https://other.example/doc" }, "another_client_id"],
  ["A4.8: no normalisation, a slash", { ...good, client_id: `${clientId}/` }, "another_client_id"],
  ["A4.8: no normalisation, a port", { ...good, client_id: "https://client.example:443/doc" }, "another_client_id"],
  ["A4.8: no normalisation, a case", { ...good, client_id: "https://CLIENT.example/doc" }, "another_client_id"],
  ["A4.7: no client_id", { ...good, client_id: undefined }, "another_client_id"],
  ["A4.7: a client_id that is no string", { ...good, client_id: [clientId] }, "another_client_id"],
  ["A4.7: no client_name", { ...good, client_name: undefined }, "no_client_name"],
  ["A4.7: an empty client_name", { ...good, client_name: "" }, "no_client_name"],
  ["a client_name that nobody can see", { ...good, client_name: "\u200b\u202e" }, "no_client_name"],
  ["a client_name that is no string", { ...good, client_name: 7 }, "metadata"],
  ["A4.7: no redirect_uris", { ...good, redirect_uris: undefined }, "no_redirect_uris"],
  ["A4.7: no redirect URI", { ...good, redirect_uris: [] }, "no_redirect_uris"],
  ["A4.7: a redirect URI that is no list", { ...good, redirect_uris: "https://client.example/callback" }, "no_redirect_uris"],
  ["A4.7: a redirect URI that is no string", { ...good, redirect_uris: ["https://client.example/callback", 7] }, "metadata"],
  ["A4.9: a secret", { ...good, client_secret: "s" }, "secret"],
  ["A4.9: a secret that is null", { ...good, client_secret: null }, "secret"],
  ["A4.9: the end of a secret", { ...good, client_secret_expires_at: 0 }, "secret"],
  ["A4.9: client_secret_post", { ...good, token_endpoint_auth_method: "client_secret_post" }, "shared_secret_method"],
  ["A4.9: client_secret_basic", { ...good, token_endpoint_auth_method: "client_secret_basic" }, "shared_secret_method"],
  ["A4.9: client_secret_jwt", { ...good, token_endpoint_auth_method: "client_secret_jwt" }, "shared_secret_method"],
  ["A4.10: a client that signs, and with which key nobody can tell", { ...good, token_endpoint_auth_method: "private_key_jwt" }, "metadata"],
  ["a method that nobody knows", { ...good, token_endpoint_auth_method: "tls_client_auth" }, "unknown_method"],
  ["a method that is no string", { ...good, token_endpoint_auth_method: ["none"] }, "unknown_method"],
  ["a private key for all to read", { ...good, jwks: { keys: [{ kty: "EC", crv: "P-256", x: "x", y: "y", d: "d" }] } }, "private_key"],
  ["a shared key for all to read", { ...good, jwks: { keys: [{ kty: "oct", k: "k" }] } }, "private_key"],
  ["a grant type that is not offered", { ...good, grant_types: ["client_credentials"] }, "metadata"],
  ["a response type that is not offered", { ...good, response_types: ["token"] }, "metadata"],
  ["a list", [good], "not_json"],
  ["null", null, "not_json"],
  ["a string", "x", "not_json"],
];

/** A11: one good redirect URI beside each. */
const refusedRedirectUris: readonly (readonly [redirectUri: string, why: string])[] = [
  ["javascript:alert(1)", "runs where it is opened"],
  ["data:text/html,x", "runs where it is opened"],
  ["file:///etc/passwd", "reads where it is opened"],
  ["http://client.example/callback", "anyone on the way reads the code"],
  ["http://10.0.0.1/callback", "no loopback"],
  ["https://client.example/callback#x", "a fragment"],
  ["https://client.example@other.example/callback", "userinfo"],
  ["https://client.example/a/../callback", "dot segments"],
  ["https://2130706433/callback", "an address in decimal"],
  ["https://gate.example/auth/callback", "our own callback from an identity provider"],
  ["https://gate.example/auth/google/callback", "our own callback from an identity provider"],
  ["//client.example/callback", "no scheme"],
];

describe("a client ID metadata document", () => {
  it.each(refused)("is refused: %s", (_why, document, problem) => {
    expect(problemOf(document)).toBe(problem);
  });

  it.each(refusedRedirectUris)("is refused as a whole for one redirect URI that is bad: %s (%s)", (redirectUri) => {
    expect(problemOf({ ...good, redirect_uris: ["https://client.example/callback", redirectUri] })).toBe("metadata");
    expect(problemOf({ ...good, redirect_uris: [redirectUri] })).toBe("metadata");
  });

  it("loses private-use schemes that are not listed, and keeps the rest", () => {
    const parsed = parse({ ...good, redirect_uris: ["zed://callback", "cursor://callback", "http://localhost/callback"] });
    expect(parsed).toMatchObject({ ok: true, value: { redirectUris: ["cursor://callback", "http://localhost/callback"] } });
  });

  it("is taken with the least there has to be, as a public client that may stay signed in", () => {
    expect(parse(good)).toMatchObject({
      ok: true,
      value: { clientName: "Good client", redirectUris: ["https://client.example/callback"], grantTypes: ["authorization_code", "refresh_token"], tokenEndpointAuthMethod: "none" },
    });
  });

  it.each(["none", null, undefined])("is taken with the method %j", (method) => {
    expect(problemOf({ ...good, token_endpoint_auth_method: method })).toBeUndefined();
  });

  it.each([["authorization_code"], ["authorization_code", "refresh_token"], ["authorization_code", "implicit"]])("keeps those grant types that are offered", (...asked) => {
    const parsed = parse({ ...good, grant_types: asked });
    expect(parsed).toMatchObject({ ok: true, value: { grantTypes: asked.filter((type) => type !== "implicit") } });
  });

  it("is read in known fields only", () => {
    const more = {
      logo_uri: "http://169.254.169.254/",
      jwks_uri: "http://127.0.0.1/",
      policy_uri: "javascript:alert(1)",
      post_logout_redirect_uris: ["javascript:alert(1)"],
      sector_identifier_uri: "http://10.0.0.1/",
      software_statement: "x",
      clientName: "Another",
    };
    expect(parse({ ...more, ...good })).toEqual(parse(good));
  });

  it("shows a name as it may be shown", () => {
    expect(parse({ ...good, client_name: "Cla\u200bude\u202e" })).toMatchObject({ ok: true, value: { clientName: "Claude" } });
  });

  it.each(["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/client-metadata+json", "application/vnd.example.client+json;v=1"])(
    "may come as %s",
    (contentType) => {
      expect(parse(good, contentType)).toMatchObject({ ok: true });
    },
  );

  it.each([undefined, "", "text/html", "text/json", "text/plain", "application/jsonp", "application/x-www-form-urlencoded", "image/svg+xml", "application/+json", "x application/json"])(
    "may not come as %s",
    (contentType) => {
      expect(parseClientDocument(clientId, { contentType, body: bytes(JSON.stringify(good)) }, policy)).toMatchObject({ ok: false, error: { code: "content_type" } });
    },
  );

  it.each<[why: string, body: Uint8Array]>([
    ["nothing", new Uint8Array()],
    ["half of it", bytes(JSON.stringify(good).slice(0, 40))],
    ["two of it", bytes(JSON.stringify(good).repeat(2))],
    ["a byte that is not UTF-8", new Uint8Array([...bytes(JSON.stringify(good).slice(0, -1)), 0xff, 0x7d])],
    ["UTF-16", new Uint8Array(Buffer.from(JSON.stringify(good), "utf16le"))],
    ["a script", bytes(`callback(${JSON.stringify(good)})`)],
  ])("is not %s", (_why, body) => {
    expect(parseClientDocument(clientId, { contentType: "application/json", body }, policy)).toMatchObject({ ok: false, error: { code: "not_json" } });
  });

  it("is refused in words of ours: nothing of it stands in the reason", () => {
    const marked = "marked-by-the-other-side";
    const problems = refused.map(([, document]) => JSON.stringify(parse(typeof document === "object" && document !== null ? { ...document, extra: marked } : document)));
    expect(problems.join()).not.toContain(marked);
  });
});
