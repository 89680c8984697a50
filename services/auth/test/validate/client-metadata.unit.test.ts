import { describe, expect, it } from "vitest";
import { parseClientMetadata } from "../../src/validate/client-metadata.ts";
import { realClients } from "./real-clients.ts";

const policy = { schemes: ["cursor", "vscode", "vscode-insiders"], issuer: "https://gate.example.com" };
const good = { redirect_uris: ["https://app.example.com/cb"] };
const parse = (body: unknown): unknown => {
  const parsed = parseClientMetadata(body, policy);
  return parsed.ok ? parsed.value : parsed.error.code;
};

describe("a registration", () => {
  it("needs nothing but redirect URIs, and is filled up", () => {
    expect(parse(good)).toEqual({
      redirectUris: ["https://app.example.com/cb"],
      grantTypes: ["authorization_code", "refresh_token"],
      responseTypes: ["code"],
      tokenEndpointAuthMethod: "none",
      scope: "mcp-access",
    });
  });

  it.each(realClients)("of $client keeps what may be used", ({ registers, keeps }) => {
    expect(parse({ redirect_uris: registers })).toMatchObject({ redirectUris: keeps });
  });

  it.each<[fields: object, effective: object, why: string]>([
    [{ token_endpoint_auth_method: "client_secret_post" }, { tokenEndpointAuthMethod: "client_secret_post" }, "as asked"],
    [{ token_endpoint_auth_method: "client_secret_basic" }, { tokenEndpointAuthMethod: "client_secret_basic" }, "as asked"],
    [{ token_endpoint_auth_method: "client_secret_post", redirect_uris: ["http://localhost/cb"] }, { tokenEndpointAuthMethod: "none" }, "A14: a program on somebody's machine keeps no secret"],
    [{ token_endpoint_auth_method: "client_secret_post", redirect_uris: ["https://a.example/cb", "cursor://cb"] }, { tokenEndpointAuthMethod: "none" }, "A14: one such address is enough"],
    [{ token_endpoint_auth_method: "client_secret_jwt" }, { tokenEndpointAuthMethod: "none" }, "what is not supported becomes none; the answer says so"],
    [{ token_endpoint_auth_method: "private_key_jwt", jwks_uri: "https://a.example/jwks" }, { keys: { jwksUri: "https://a.example/jwks" } }, "keys at an address"],
    [{ token_endpoint_auth_method: null }, { tokenEndpointAuthMethod: "none" }, "null is absence"],
    [{ grant_types: ["authorization_code"] }, { grantTypes: ["authorization_code"] }, "as asked"],
    [{ grant_types: ["refresh_token", "authorization_code", "urn:ietf:params:oauth:grant-type:device_code"] }, { grantTypes: ["authorization_code", "refresh_token"] }, "what is not supported is dropped"],
    [{ grant_types: [] }, { grantTypes: ["authorization_code", "refresh_token"] }, "an empty list says nothing"],
    [{ response_types: ["code", "token"] }, { responseTypes: ["code"] }, "what is not supported is dropped"],
    [{ scope: "mcp-access offline_access admin" }, { scope: "mcp-access offline_access" }, "unknown scopes are dropped"],
    [{ scope: " offline_access" }, { scope: "mcp-access offline_access" }, "a leading space, as Claude sends it"],
    [{ application_type: "native" }, { applicationType: "native" }, "kept"],
    [{ client_name: "Cursor" }, { clientName: "Cursor" }, "kept"],
    [{ client_name: "" }, { redirectUris: good.redirect_uris }, "no name is fine"],
    [{ software_statement: "x", jwks: {}, contacts: 7, ["__proto__"]: 1, logo_uri: "javascript:alert(1)" }, { redirectUris: good.redirect_uris }, "unknown fields are ignored (RFC 7591 section 2)"],
    [{ redirect_uris: ["https://a.example/cb", "https://a.example/cb"] }, { redirectUris: ["https://a.example/cb"] }, "once is enough"],
  ])("with %j is in effect %j: %s", (fields, effective) => {
    expect(parse({ ...good, ...fields })).toMatchObject(effective);
  });

  it("keeps nothing that is not in use: no link, no logo, no secret", () => {
    const kept = parse({ ...good, client_uri: "javascript:alert(1)", logo_uri: "https://a.example/x", client_secret: "s", tos_uri: "x", application_type: "spaceship" });
    expect(kept).toEqual(parse(good));
  });
});

describe("a registration that is refused", () => {
  it.each<[body: unknown, code: string, why: string]>([
    [undefined, "invalid_client_metadata", "no body"],
    [null, "invalid_client_metadata", "no object"],
    [[good], "invalid_client_metadata", "no object"],
    ["x", "invalid_client_metadata", "no object"],
    [{}, "invalid_redirect_uri", "nowhere to go"],
    [{ redirect_uris: [] }, "invalid_redirect_uri", "nowhere to go"],
    [{ redirect_uris: "https://app.example.com/cb" }, "invalid_redirect_uri", "a string is not a list"],
    [{ redirect_uris: [7] }, "invalid_redirect_uri", "numbers are not URIs"],
    [{ redirect_uris: ["com.example.app:/cb"] }, "invalid_redirect_uri", "nothing is left"],
    [{ redirect_uris: ["https://app.example.com/cb", "javascript:alert(1)"] }, "invalid_redirect_uri", "one dangerous scheme spoils all"],
    [{ redirect_uris: ["https://app.example.com/cb", "http://app.example.com/cb"] }, "invalid_redirect_uri", "http that is not loopback"],
    [{ redirect_uris: ["https://app.example.com/cb", "https://a@b.example/cb"] }, "invalid_redirect_uri", "userinfo"],
    [{ redirect_uris: Array.from({ length: 21 }, (_, index) => `https://app.example.com/${index}`) }, "invalid_redirect_uri", "a bound on the number"],
    [{ ...good, grant_types: ["client_credentials"] }, "invalid_client_metadata", "nothing is left"],
    [{ ...good, grant_types: ["refresh_token"] }, "invalid_client_metadata", "no way to a first token"],
    [{ ...good, grant_types: "authorization_code" }, "invalid_client_metadata", "a string is not a list"],
    [{ ...good, response_types: ["token"] }, "invalid_client_metadata", "nothing is left"],
    [{ ...good, response_types: Array.from({ length: 51 }, () => "code") }, "invalid_client_metadata", "a bound on the number"],
    [{ ...good, client_name: { toString: "x" } }, "invalid_client_metadata", "a name is text"],
    [{ ...good, scope: ["mcp-access"] }, "invalid_client_metadata", "a scope is text"],
    [{ ...good, scope: "a".repeat(2001) }, "invalid_client_metadata", "a bound on the length"],
    [{ ...good, token_endpoint_auth_method: 7 }, "invalid_client_metadata", "a method is text"],
    [{ ...good, token_endpoint_auth_method: "private_key_jwt" }, "invalid_client_metadata", "no keys to verify with"],
    [{ ...good, token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [] } }, "invalid_client_metadata", "no key among them"],
    [{ ...good, token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [{ kty: "oct", k: "k" }] } }, "invalid_client_metadata", "a shared secret"],
    [{ ...good, token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [] }, jwks_uri: "https://a.example" }, "invalid_client_metadata", "two places for keys"],
    [{ ...good, token_endpoint_auth_method: "private_key_jwt", jwks_uri: "file:///etc/passwd" }, "invalid_client_metadata", "no URL for keys"],
    [{ ...good, application_type: 7 }, "invalid_client_metadata", "a type is text"],
  ])("%j: %s, %s", (body, code) => {
    expect(parse(body)).toBe(code);
  });
});
