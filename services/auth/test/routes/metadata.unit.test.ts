import { createHttpApp } from "@mcp-auth-proxy/http";
import { createLog } from "@mcp-auth-proxy/telemetry";
import { describe, expect, it } from "vitest";
import { metadataRoutes } from "../../src/routes/metadata.ts";
import type { MetadataConfig } from "../../src/routes/authorization-server-metadata.ts";

const log = createLog({ level: "error", format: "json", destination: { write: () => true } });
const base: MetadataConfig = { issuer: "https://gate.example.com", resources: [], clientRegistration: true, clientIdMetadata: true, clients: [], idJagIssuers: [], pkce: { required: true, methods: ["S256"] } };

const serving = async (changed: Partial<MetadataConfig> = {}) => {
  const app = createHttpApp({ log });
  await metadataRoutes(app, { ...base, ...changed });
  return app;
};

describe("the authorization server's metadata", () => {
  it("says what works and nothing else", async () => {
    const app = await serving();
    const answer = await app.inject({ url: "/.well-known/oauth-authorization-server" });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers["content-type"]).toMatch(/^application\/json/);
    expect(answer.json()).toEqual({
      issuer: "https://gate.example.com",
      authorization_endpoint: "https://gate.example.com/authorize",
      token_endpoint: "https://gate.example.com/token",
      registration_endpoint: "https://gate.example.com/register",
      client_id_metadata_document_supported: true,
      revocation_endpoint: "https://gate.example.com/revoke",
      jwks_uri: "https://gate.example.com/jwks",
      scopes_supported: ["mcp-access", "offline_access"],
      response_types_supported: ["code"],
      response_modes_supported: ["query"],
      grant_types_supported: ["authorization_code", "refresh_token"],
      token_endpoint_auth_methods_supported: ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"],
      token_endpoint_auth_signing_alg_values_supported: ["ES256", "ES384", "PS256", "RS256", "EdDSA", "Ed25519"],
      revocation_endpoint_auth_methods_supported: ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"],
      revocation_endpoint_auth_signing_alg_values_supported: ["ES256", "ES384", "PS256", "RS256", "EdDSA", "Ed25519"],
      introspection_endpoint: "https://gate.example.com/introspect",
      introspection_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "private_key_jwt"],
      introspection_endpoint_auth_signing_alg_values_supported: ["ES256", "ES384", "PS256", "RS256", "EdDSA", "Ed25519"],
      code_challenge_methods_supported: ["S256"],
      authorization_response_iss_parameter_supported: true,
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["ES256"],
    });
  });

  it("names no registration endpoint when registration is off", async () => {
    const app = await serving({ clientRegistration: false });
    expect((await app.inject({ url: "/.well-known/oauth-authorization-server" })).json()).not.toHaveProperty("registration_endpoint");
  });

  it("says nothing of client ID metadata documents when they are off", async () => {
    const app = await serving({ clientIdMetadata: false });
    expect((await app.inject({ url: "/.well-known/oauth-authorization-server" })).json()).not.toHaveProperty("client_id_metadata_document_supported");
  });

  const secretClient = { clientId: "app", redirectUris: [], grantTypes: ["client_credentials"], scope: "mcp-access", resourceServer: false, authentication: { method: "client_secret_basic", secretHash: "x" } } as const;

  it("does not list `none` where every client has to prove itself: whoever reads it there leaves its secret out", async () => {
    const app = await serving({ clientRegistration: false, clientIdMetadata: false, clients: [secretClient] });
    expect((await app.inject({ url: "/.well-known/oauth-authorization-server" })).json()).toMatchObject({
      token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
      grant_types_supported: ["authorization_code", "refresh_token", "client_credentials"],
    });
  });

  it("names the identity assertion grant where an issuer is trusted and a client may use it (E2.1)", async () => {
    const bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    const clients = [{ ...secretClient, grantTypes: [bearer] }];
    const idJagIssuers = [{ issuer: "https://idp.example", keys: { jwksUri: "https://idp.example/jwks" } }];
    const documents = await Promise.all(
      [{ clients, idJagIssuers }, { clients }, { idJagIssuers }].map(async (changed) => (await (await serving(changed)).inject({ url: "/.well-known/oauth-authorization-server" })).json()),
    );
    expect(documents.map((document) => document["grant_types_supported"].includes(bearer))).toEqual([true, false, false]);
    expect(documents.map((document) => document["authorization_grant_profiles_supported"])).toEqual([["urn:ietf:params:oauth:grant-profile:id-jag"], undefined, undefined]);
  });

  it("lists the scopes of all servers once", async () => {
    const scopes = [{ name: "read", includes: [] }];
    const resources = ["a", "b"].map((name) => ({ name, resource: `https://gate.example.com/${name}/mcp`, path: `/${name}/mcp`, displayName: name, scopes }));
    const document = (await (await serving({ resources })).inject({ url: "/.well-known/oauth-authorization-server" })).json();
    expect(document).toMatchObject({ scopes_supported: ["mcp-access", "offline_access", "read"] });
  });

  it("lists what documents of clients may say, where they count", async () => {
    const app = await serving({ clientRegistration: false, clients: [] });
    expect((await app.inject({ url: "/.well-known/oauth-authorization-server" })).json()).toMatchObject({ token_endpoint_auth_methods_supported: ["none", "private_key_jwt"] });
  });

  it("names no signing algorithms and no introspection where only public clients are", async () => {
    const app = await serving({ clientRegistration: false, clientIdMetadata: false, clients: [{ clientId: "app", redirectUris: [], grantTypes: [], scope: "mcp-access", resourceServer: false }] });
    const document = (await app.inject({ url: "/.well-known/oauth-authorization-server" })).json();
    expect(document).toMatchObject({ token_endpoint_auth_methods_supported: ["none"] });
    expect(Object.keys(document).filter((name) => name.includes("signing_alg") || name.includes("introspection"))).toEqual(["id_token_signing_alg_values_supported"]);
  });

  it("lists S256 whatever else is allowed", async () => {
    const app = await serving({ pkce: { required: false, methods: ["plain"] } });
    expect((await app.inject({ url: "/.well-known/openid-configuration" })).json()).toMatchObject({ code_challenge_methods_supported: ["S256", "plain"] });
  });

  it.each<[issuer: string, paths: readonly string[], why: string]>([
    ["https://gate.example.com", ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"], "A2.2"],
    [
      "https://gate.example.com/t1",
      [
        "/.well-known/oauth-authorization-server/t1",
        "/.well-known/openid-configuration/t1",
        "/t1/.well-known/openid-configuration",
        "/t1/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
      ],
      "A2.3 and A2.4",
    ],
  ])("of %s is the same bytes at %j (%s)", async (issuer, paths) => {
    const app = await serving({ issuer });
    const answers = await Promise.all(paths.map((url) => app.inject({ url, headers: { host: "evil.example", "x-forwarded-host": "evil.example", "mcp-protocol-version": "2025-03-26" } })));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(paths.map(() => 200));
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(answers[0]?.json()).toMatchObject({ issuer, authorization_endpoint: `${issuer}/authorize` });
  });

  it("may be read from any page, without credentials", async () => {
    const app = await serving();
    const answer = await app.inject({ url: "/.well-known/oauth-authorization-server", headers: { origin: "https://inspector.example" } });
    expect(answer.headers["access-control-allow-origin"]).toBe("*");
    expect(answer.headers).not.toHaveProperty("access-control-allow-credentials");
    const preflight = await app.inject({ method: "OPTIONS", url: "/.well-known/oauth-authorization-server", headers: { origin: "https://inspector.example", "access-control-request-method": "GET" } });
    expect(preflight.statusCode).toBe(204);
    expect(preflight.headers["access-control-allow-headers"]).toContain("MCP-Protocol-Version");
  });
});

describe("other well-known addresses", () => {
  it.each(["/.well-known/oauth-authorization-server/mcp", "/.well-known/anything", "/.well-known/", "/.well-known/a/b/c"])("%s is 404 in JSON, readable from any page", async (url) => {
    const app = await serving();
    const answer = await app.inject({ url });
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toEqual({ error: "not_found" });
    expect(answer.headers["access-control-allow-origin"]).toBe("*");
    expect(answer.headers).not.toHaveProperty("www-authenticate");
  });

  it("leaves room for what another service of the same process serves there", async () => {
    const app = await serving();
    app.get("/.well-known/oauth-protected-resource", async () => ({ resource: "x" }));
    expect((await app.inject({ url: "/.well-known/oauth-protected-resource" })).json()).toEqual({ resource: "x" });
  });
});
