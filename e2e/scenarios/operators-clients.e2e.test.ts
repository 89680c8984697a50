import { generateKeyPairSync, sign } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { approve, discover, Gateway, gatewayFolders, OAuthClient, removeFolders, request, robotRedirectUri, smallServer, startCommandLine, tokensIn } from "@mcp-auth-proxy/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectAccess, expectNoAccess, expectTokenError } from "../support/expect-access.ts";

const secret = "e2e-secret-of-a-client-of-the-operators";
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const idpKeys = generateKeyPairSync("ec", { namedCurve: "P-256" });
const jwks = (key: typeof publicKey) => ({ keys: [{ ...key.export({ format: "jwk" }), kid: "k" }] });
const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const exchangeType = "urn:ietf:params:oauth:grant-type:token-exchange";

const file = {
  clients: [
    { client_id: "web", client_name: "Web app", redirect_uris: [robotRedirectUri], token_endpoint_auth_method: "client_secret_basic", client_secret_file: "web.secret" },
    { client_id: "job", token_endpoint_auth_method: "private_key_jwt", jwks: jwks(publicKey), grant_types: ["client_credentials", exchangeType], scope: "mcp-access write" },
    { client_id: "agent", token_endpoint_auth_method: "client_secret_post", client_secret_file: "web.secret", grant_types: [jwtBearer], resource_server: true },
  ],
  id_jag_issuers: [{ issuer: "https://idp.example", jwks: jwks(idpKeys.publicKey) }],
  scopes: [{ name: "write", includes: ["read"] }, { name: "read" }],
};

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const jwt = (key: typeof privateKey, header: object, claims: object): string => {
  const input = `${encode({ alg: "ES256", kid: "k", ...header })}.${encode(claims)}`;
  return `${input}.${sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
};
const now = (): number => Math.floor(Date.now() / 1000);
const basic = { authorization: `Basic ${Buffer.from(`web:${secret}`).toString("base64")}` };

let gateway: Gateway;
beforeAll(async () => {
  const folders = gatewayFolders();
  const own = join(folders.root, "clients");
  mkdirSync(own);
  writeFileSync(join(own, "web.secret"), `${secret}\n`);
  writeFileSync(join(own, "clients.json"), JSON.stringify(file));
  gateway = await Gateway.launch({ command: smallServer, folders, environment: { CLIENTS_CONFIG: join(own, "clients.json") } });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const post = (path: string, parameters: Record<string, string>, headers: Record<string, string> = {}) =>
  request(`${gateway.baseUrl}${path}`, { method: "POST", body: new URLSearchParams(parameters), headers });
const assertion = (): Record<string, string> => ({
  client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
  client_assertion: jwt(privateKey, {}, { iss: "job", sub: "job", aud: gateway.baseUrl, jti: crypto.randomUUID(), exp: now() + 60 }),
});
const accessTokenOf = (answer: Awaited<ReturnType<typeof post>>) => tokensIn({ ...answer, json: () => ({ refresh_token: "none", ...Object(answer.json()) }) });

describe("clients of the operator's", () => {
  it("sign people in with a secret, and not without it", async () => {
    const client = new OAuthClient(await discover(gateway.mcpUrl), "web", robotRedirectUri);
    const { code, made } = await approve(gateway, client);
    expectTokenError(await client.exchange(code, made), "invalid_client", 401);
    const good = await post("/token", { grant_type: "authorization_code", code, redirect_uri: made.redirectUri, code_verifier: made.pkce.verifier }, basic);
    await expectAccess(gateway, tokensIn(good));
  });

  it("reach the server for themselves (client_credentials), give away less (token exchange), and lose both at once", async () => {
    const own = accessTokenOf(await post("/token", { grant_type: "client_credentials", resource: gateway.mcpUrl, ...assertion() }));
    await expectAccess(gateway, own);
    const exchange = { grant_type: exchangeType, subject_token: own.accessToken, subject_token_type: "urn:ietf:params:oauth:token-type:access_token" };
    const less = await post("/token", { ...exchange, scope: "read", ...assertion() });
    expect(less.json()).toMatchObject({ scope: "mcp-access read" });
    await expectAccess(gateway, accessTokenOf(less));
    expectTokenError(await post("/token", { ...exchange, scope: "admin", ...assertion() }), "invalid_scope");
    expect((await post("/revoke", { token: own.accessToken, ...assertion() })).status).toBe(200);
    await expectNoAccess(gateway, own);
    await expectNoAccess(gateway, accessTokenOf(less));
  });

  it("use a signed assertion once, also over a restart", async () => {
    const once = assertion();
    expect((await post("/token", { grant_type: "client_credentials", ...once })).status).toBe(200);
    expectTokenError(await post("/token", { grant_type: "client_credentials", ...once }), "invalid_client", 401);
    await gateway.restart();
    expectTokenError(await post("/token", { grant_type: "client_credentials", ...once }), "invalid_client", 401);
    expect((await post("/token", { grant_type: "client_credentials", ...assertion() })).status).toBe(200);
  });

  it("bring the word of a trusted issuer in place of a sign-in (ID-JAG), once", async () => {
    const claims = { iss: "https://idp.example", sub: "u-1", aud: gateway.baseUrl, client_id: "agent", resource: gateway.mcpUrl, scope: "mcp-access", jti: crypto.randomUUID(), iat: now(), exp: now() + 60 };
    const jag = jwt(idpKeys.privateKey, { typ: "oauth-id-jag+jwt" }, claims);
    const asked = { grant_type: jwtBearer, assertion: jag, client_id: "agent", client_secret: secret };
    const tokens = accessTokenOf(await post("/token", asked));
    await expectAccess(gateway, tokens);
    expect((await post("/introspect", { token: tokens.accessToken, client_id: "agent", client_secret: secret })).json()).toMatchObject({ active: true, client_id: "agent" });
    expectTokenError(await post("/token", asked), "invalid_grant");
    expect(gateway.output).not.toContain(jag.split(".")[1]);
    expect(gateway.output).not.toContain(secret);
  });

  it("are what the metadata speaks of", async () => {
    const answer = await request(`${gateway.baseUrl}/.well-known/oauth-authorization-server`, {});
    expect(answer.json()).toMatchObject({
      token_endpoint_auth_methods_supported: ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"],
      grant_types_supported: ["authorization_code", "refresh_token", "client_credentials", exchangeType, jwtBearer],
      authorization_grant_profiles_supported: ["urn:ietf:params:oauth:grant-profile:id-jag"],
      scopes_supported: ["mcp-access", "offline_access", "write", "read"],
      introspection_endpoint: `${gateway.baseUrl}/introspect`,
    });
  });
});

describe("a file of clients that can not be used", () => {
  it.each<[text: string, place: "served" | "root", line: string, why: string]>([
    ["{}", "served", "lies inside of what the MCP server may show", "it would be served"],
    ['{"clients": [{"client_id": "x", "token_endpoint_auth_method": "client_secret_post"}]}', "root", "client x: it takes client_secret_file or client_secret_sha256", "an entry is wrong"],
    ['{"client": []}', "root", "CLIENTS_CONFIG", "a key is wrong"],
  ])("%s in the folder %s ends the start with %j: %s", async (text, place, line) => {
    const folders = gatewayFolders();
    try {
      const path = join(folders[place], "clients.json");
      writeFileSync(path, text);
      const started = startCommandLine(["--", ...smallServer], folders, { environment: { PASSWORD: "a long test password", CLIENTS_CONFIG: path } });
      const { code } = await started.exited;
      await started.kill();
      expect(code).toBe(2);
      expect(started.output).toContain(line);
    } finally {
      removeFolders(folders);
    }
  });
});
