import { describe, expect, it } from "vitest";
import { parseClientsFile } from "../../src/configured/clients-file.ts";

const resource = "https://gate.example.com/mcp";
const rules = {
  redirectPolicy: { schemes: ["cursor"], issuer: "https://gate.example.com" },
  resources: [resource],
  readSecret: (file: string) => ({ "/run/good": "a secret that is long enough for anybody", "/run/short": "short" })[file],
};
const ec = { kty: "EC", crv: "P-256", x: "x", y: "y" };
const web = { client_id: "app", redirect_uris: ["https://app.example.com/cb"], token_endpoint_auth_method: "none" };
const service = { client_id: "job", token_endpoint_auth_method: "client_secret_basic", client_secret_file: "/run/good", grant_types: ["client_credentials"] };
const idp = { issuer: "https://idp.example.com", jwks_uri: "https://idp.example.com/jwks" };
const parse = (file: unknown) => parseClientsFile(JSON.stringify(file), rules);

describe("the file of clients", () => {
  it("may be empty", () => {
    expect(parse({})).toEqual({ ok: true, value: { clients: [], idJagIssuers: [], scopes: [] } });
  });

  it("gives a client what it says, and what most clients need where it says nothing", () => {
    const parsed = parse({ clients: [web] });
    expect(parsed).toEqual({
      ok: true,
      value: {
        clients: [{ clientId: "app", redirectUris: web.redirect_uris, grantTypes: ["authorization_code", "refresh_token"], scope: "mcp-access offline_access", resourceServer: false }],
        idJagIssuers: [],
        scopes: [],
      },
    });
  });

  it("holds a secret as its hash, the same from a file and from the hash itself", () => {
    const hash = "b7ca6e9a1e90f1b8c0b8b4a2f5f46a3ab7b7f5e0e6b4a3d4d6a3c5a0c1b2d3e4";
    const fromFile = parse({ clients: [service] });
    expect(JSON.stringify(fromFile)).not.toContain("long enough");
    expect(fromFile).toMatchObject({ value: { clients: [{ authentication: { method: "client_secret_basic", secretHash: expect.stringMatching(/^[\w-]{43}$/) } }] } });
    const { client_secret_file: _, ...bare } = service;
    const fromHash = parse({ clients: [{ ...bare, client_secret_sha256: hash }] });
    expect(fromHash).toMatchObject({ value: { clients: [{ authentication: { secretHash: Buffer.from(hash, "hex").toString("base64url") } }] } });
  });

  it("takes keys, trusted issuers and scopes", () => {
    const parsed = parse({
      scopes: [{ name: "write", includes: ["read"] }, { name: "read" }],
      clients: [{ client_id: "signs", token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [ec] }, grant_types: ["client_credentials"], scope: "write", resource_server: true }],
      id_jag_issuers: [{ ...idp, audiences: [`${resource}/`], tenant: "t" }],
    });
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        clients: [{ scope: "mcp-access write", resourceServer: true, authentication: { method: "private_key_jwt", keys: { jwks: [ec] } } }],
        idJagIssuers: [{ issuer: idp.issuer, keys: { jwksUri: idp.jwks_uri }, resources: [resource], tenant: "t" }],
        scopes: [{ name: "write", includes: ["read"] }, { name: "read", includes: [] }],
      },
    });
  });

  it.each<[file: unknown, line: string, why: string]>([
    [[], "the file", "not an object"],
    [{ client: [] }, "the file", "an unknown key"],
    [{ clients: [{ ...web, client_secret: "x" }] }, "clients/0", "a secret in the file itself"],
    [{ clients: [{ ...web, redirectUris: [] }] }, "clients/0", "a slip in a key"],
    [{ clients: [{ client_id: "x" }] }, "clients/0", "no method: nothing is guessed"],
    [{ clients: [{ ...web, client_id: "a b" }] }, "clients/0/client_id", "no blanks"],
    [{ clients: [web, web] }, "client app is there twice", "two of one name"],
    [{ clients: [{ ...web, client_id: "https://app.example.com/x" }] }, "client https://app.example.com/x: client_id looks like", "an address of a document"],
    [{ clients: [{ ...web, client_id: "0190a1b2-c3d4-7e5f-8a6b-0123456789AB" }] }, "looks like", "a `sub` that is a person's"],
    [{ clients: [{ ...web, client_id: "mcp_client_x" }] }, "client mcp_client_x: client_id looks like", "one that was registered"],
    [{ clients: [{ ...web, redirect_uris: ["http://app.example.com"] }] }, "insecure_http", "http"],
    [{ clients: [{ ...web, redirect_uris: ["other:/cb"] }] }, "scheme_not_listed", "a scheme that CLIENT_REDIRECT_SCHEMES does not list"],
    [{ clients: [{ ...web, redirect_uris: [] }] }, "authorization_code needs redirect_uris", "nowhere to go"],
    [{ clients: [{ ...web, grant_types: ["password"] }] }, 'grant_types holds "password"', "no such grant"],
    [{ clients: [{ ...web, grant_types: ["refresh_token"] }] }, "refresh_token needs authorization_code", "no way to the first"],
    [{ clients: [{ ...web, grant_types: ["client_credentials"] }] }, "client_credentials needs a client that proves itself", "no proof"],
    [{ clients: [{ ...web, grant_types: ["urn:ietf:params:oauth:grant-type:jwt-bearer"] }] }, "needs a client that proves itself", "no proof"],
    [{ clients: [{ ...web, scope: "mcp-access admin" }] }, 'scope holds "admin"', "no such scope"],
    [{ clients: [{ ...web, resource_server: true }] }, "resource_server needs a client that proves itself", "no proof"],
    [{ clients: [{ ...web, client_secret_file: "/run/good" }] }, "a secret is of no use with none", "who reads it would think that it protects"],
    [{ clients: [{ ...web, jwks: { keys: [ec] } }] }, "keys are of no use with none", "likewise"],
    [{ clients: [{ ...service, client_secret_sha256: "a".repeat(64) }] }, "one of the two", "two secrets"],
    [{ clients: [{ ...service, client_secret_file: undefined }] }, "one of the two", "no secret"],
    [{ clients: [{ ...service, client_secret_file: "/run/missing" }] }, "client_secret_file can not be read", "no such file"],
    [{ clients: [{ ...service, client_secret_file: "/run/short" }] }, "fewer than 32 characters", "one that can be guessed"],
    [{ clients: [{ client_id: "s", token_endpoint_auth_method: "private_key_jwt", grant_types: ["client_credentials"] }] }, "jwks or jwks_uri", "no keys"],
    [{ clients: [{ client_id: "s", token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [{ ...ec, d: "d" }] }, grant_types: ["client_credentials"] }] }, "private_key", "a private key"],
    [{ clients: [{ client_id: "s", token_endpoint_auth_method: "private_key_jwt", jwks_uri: "http://a.example/jwks", grant_types: ["client_credentials"] }] }, "jwks_uri is not an https URL", "http"],
    [{ id_jag_issuers: [{ ...idp, issuer: "http://idp.example.com" }] }, "issuer is not an https URL", "http"],
    [{ id_jag_issuers: [{ issuer: idp.issuer }] }, "jwks or jwks_uri", "no keys"],
    [{ id_jag_issuers: [idp, idp] }, "there twice", "two of one name"],
    [{ id_jag_issuers: [{ ...idp, audiences: ["https://other.example/mcp"] }] }, "which is no server here", "a server of others"],
    [{ scopes: [{ name: "a b" }] }, "can not be the name", "two words"],
    [{ scopes: [{ name: "mcp-access" }] }, "can not be the name", "it is there already"],
    [{ scopes: [{ name: "a" }, { name: "a" }] }, "a is there twice", "two of one name"],
    [{ scopes: [{ name: "a", includes: ["b"] }] }, 'includes "b", which is not there', "a slip"],
  ])("%j is refused with a line that says %j: %s", (file, line) => {
    const parsed = parse(file);
    expect(parsed.ok).toBe(false);
    expect(parsed.ok ? "" : parsed.error.join("\n")).toContain(line);
  });

  it("names everything that is wrong at once, and never the file's own words when it is not JSON", () => {
    const parsed = parse({ clients: [{ ...web, scope: "x" }, { ...service, client_secret_file: "/run/short" }], id_jag_issuers: [{ issuer: idp.issuer }] });
    expect(parsed.ok ? [] : parsed.error).toHaveLength(3);
    expect(parseClientsFile("{ secret", rules)).toEqual({ ok: false, error: ["it is not JSON"] });
  });
});
