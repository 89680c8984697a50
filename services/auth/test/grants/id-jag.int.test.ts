import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { basic, payloadOf, post, secretClient, Signer } from "../confidential.ts";
import { issuer, resource, startAuth, type RunningAuth } from "../running-auth.ts";

const bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const idp = "https://idp.example";
const second = `${issuer}/second/mcp`;
const signer = new Signer();

let auth: RunningAuth;
let count = 0;
beforeEach(async () => {
  auth = await startAuth({
    config: {
      resources: [
        { name: "files", resource, path: "/mcp", displayName: "Files", scopes: [{ name: "write", includes: ["read"] }, { name: "read", includes: [] }] },
        { name: "second", resource: second, path: "/second/mcp", displayName: "Second" },
      ],
      clients: [
        secretClient("app", { grantTypes: [bearer] }),
        secretClient("other", { grantTypes: [bearer] }),
        { clientId: "public", redirectUris: [], grantTypes: [bearer], scope: "mcp-access", resourceServer: false },
        secretClient("job"),
      ],
      idJagIssuers: [
        { issuer: idp, keys: { jwks: signer.jwks() } },
        { issuer: "https://many.example", keys: { jwks: signer.jwks() }, tenant: "ours", resources: [resource] },
      ],
    },
  });
});
afterEach(() => auth.stop());

const jag = (overrides: Record<string, unknown> = {}, header: Record<string, unknown> = {}, by = signer): Promise<string> => {
  const now = Math.floor(auth.clock.now() / 1000);
  count += 1;
  return by.sign(
    { iss: idp, sub: "u-1", aud: issuer, client_id: "app", resource, scope: "mcp-access read", jti: `jag-${count}`, iat: now, exp: now + 300, ...overrides },
    { typ: "oauth-id-jag+jwt", ...header },
  );
};
const present = async (assertion: string | Promise<string>, parameters: Record<string, string | undefined> = {}, headers = basic("app")) =>
  post(auth, "/token", { grant_type: bearer, assertion: await assertion, ...parameters }, headers);

describe("an identity assertion (ID-JAG)", () => {
  it("gives a token for the named server, with the scopes that both sides name, and no refresh token", async () => {
    const answer = await present(jag(), { scope: "read write" });
    expect(answer.status).toBe(200);
    expect(answer.body).not.toHaveProperty("refresh_token");
    expect(payloadOf(answer.body["access_token"])).toMatchObject({ aud: resource, client_id: "app", scope: "mcp-access read" });
  });

  it("is the same person for the same issuer and subject, and nobody else's", async () => {
    const subjectOf = async (overrides: Record<string, unknown>) => payloadOf((await present(jag(overrides))).body["access_token"])["sub"];
    const first = await subjectOf({});
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(await subjectOf({ resource: second, scope: undefined })).toBe(first);
    expect(await subjectOf({ sub: "u-2" })).not.toBe(first);
    expect(await subjectOf({ iss: "https://many.example", tenant: "ours" })).not.toBe(first);
    expect(await subjectOf({ sub: "owner" })).not.toBe(first);
  });

  it("without a scope of the issuer's opens the least", async () => {
    expect((await present(jag({ scope: undefined }), { scope: "write" })).body["scope"]).toBe("mcp-access");
  });

  it("is used once: twenty at the same time give one token", async () => {
    const assertion = await jag();
    const answers = await Promise.all(Array.from({ length: 20 }, () => present(assertion)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(new Set(answers.filter(({ status }) => status !== 200).map(({ body }) => body["error"]))).toEqual(new Set(["invalid_grant"]));
    expect((await auth.events()).filter((event) => event.endsWith("GrantIssued"))).toHaveLength(1);
  });

  it.each<[why: string, overrides: Record<string, unknown>, parameters?: Record<string, string>]>([
    ["another issuer", { iss: "https://evil.example" }],
    ["an issuer with a slash more", { iss: `${idp}/` }],
    ["another audience", { aud: "https://other.example" }],
    ["the token endpoint as audience", { aud: `${issuer}/token` }],
    ["several audiences", { aud: [issuer, "https://other.example"] }],
    ["another client", { client_id: "other" }],
    ["no client", { client_id: undefined }],
    ["no server, where there are two", { resource: undefined }],
    ["a server that is not ours", { resource: "https://evil.example/mcp" }],
    ["several servers", { resource: [resource, second] }],
    ["a server that is no text", { resource: 7 }],
    ["another server than the request", {}, { resource: second }],
    ["no access among its scopes", { scope: "read" }],
    ["a scope that is no text", { scope: ["mcp-access"] }],
    ["no subject", { sub: undefined }],
    ["no jti", { jti: undefined }],
    ["no iat", { iat: undefined }],
    ["an iat to come", { iat: 4_000_000_000 }],
    ["no exp", { exp: undefined }],
    ["an exp that is past", { exp: 1 }],
    ["an exp that is far away", { exp: 4_000_000_000 }],
    ["another tenant", { iss: "https://many.example", tenant: "theirs" }],
    ["no tenant", { iss: "https://many.example" }],
    ["a server that the issuer may not open", { iss: "https://many.example", tenant: "ours", resource: second }],
  ])("with %s is invalid_grant without a trace, and a good one still works", async (_why, overrides, parameters) => {
    const before = await auth.events();
    const answer = await present(jag(overrides), parameters);
    expect([answer.status, answer.body["error"]]).toEqual([400, "invalid_grant"]);
    expect(await auth.events()).toEqual(before);
    expect(await auth.store.sql.selectFrom("tt_used_assertions").selectAll().execute()).toEqual([]);
    expect((await present(jag())).status).toBe(200);
  });

  it("A18 with another type, the key of another or no signature is refused", async () => {
    const claims = JSON.parse(Buffer.from((await jag()).split(".")[1] ?? "", "base64url").toString());
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const forged = [
      await jag({}, { typ: "JWT" }),
      await jag({}, { typ: undefined }),
      await jag({}, { typ: "at+jwt" }),
      await jag({}, {}, new Signer()),
      `${encode({ alg: "none", typ: "oauth-id-jag+jwt" })}.${encode(claims)}.`,
      "x",
    ];
    for (const assertion of forged) expect((await present(assertion)).body["error"]).toBe("invalid_grant");
    expect((await present("")).body["error"]).toBe("invalid_request");
  });

  it("is for proven clients that may: no public one, none without the grant type, nobody unknown", async () => {
    expect((await present(jag({ client_id: "public" }), { client_id: "public" }, {})).body["error"]).toBe("unauthorized_client");
    expect((await present(jag({ client_id: "job" }), {}, basic("job"))).body["error"]).toBe("unauthorized_client");
    expect((await present(jag(), {}, basic("app", "wrong"))).body["error"]).toBe("invalid_client");
    // An assertion that was stolen from one client is nothing to another.
    expect((await present(jag(), {}, basic("other"))).body["error"]).toBe("invalid_grant");
  });

  it("is not in the log, nor on the log", async () => {
    const assertion = await jag();
    await present(assertion);
    await present(assertion);
    const { events } = await auth.store.readFeed({ logEpoch: auth.store.logEpoch, position: 0 }, 1_000);
    for (const text of [auth.logLines.join(""), JSON.stringify(events)]) {
      expect(text).not.toContain(assertion.split(".")[1]);
      expect(text).not.toContain("u-1");
    }
  });

  it("ends with the grant when the client revokes its token", async () => {
    const { body } = await present(jag());
    await post(auth, "/revoke", { token: String(body["access_token"]) }, basic("app"));
    expect((await post(auth, "/introspect", { token: String(body["access_token"]) }, basic("app"))).body).toEqual({ active: false });
  });
});
