import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createPkce } from "@mcp-auth-proxy/testing";
import { SignJWT } from "jose";
import { redirectUri, TestClient, tokensOf } from "../client.ts";
import { assertionClaims, assertionParameters, basic, post, secret, secretClient, Signer } from "../confidential.ts";
import { issuer, resource, startAuth, type RunningAuth } from "../running-auth.ts";

const signer = new Signer();
const web = "https://app.example.com/cb";
const signIn = { grantTypes: ["authorization_code", "refresh_token"], redirectUris: [redirectUri] };

let auth: RunningAuth;
beforeEach(async () => {
  auth = await startAuth({
    config: {
      clients: [
        secretClient("with secret", signIn),
        secretClient("signs", { ...signIn, authentication: { method: "private_key_jwt", keys: { jwks: signer.jwks() } } }),
        { clientId: "known", redirectUris: [redirectUri], grantTypes: ["authorization_code"], scope: "mcp-access", resourceServer: false },
      ],
    },
  });
});
afterEach(() => auth.stop());

/** A token request with a fresh code of a client, and what proves it. */
const redeem = async (clientId: string, more: Record<string, string>, headers: Record<string, string> = {}, again?: Awaited<ReturnType<TestClient["approve"]>>) => {
  const approved = again ?? (await new TestClient(auth, clientId).approve());
  const answer = await post(auth, "/token", { grant_type: "authorization_code", code: approved.code, redirect_uri: redirectUri, code_verifier: approved.pkce.verifier, ...more }, headers);
  return { approved, answer };
};

describe("a client of the operator's", () => {
  it("signs people in without having registered, and leaves no client event", async () => {
    const { answer } = await redeem("known", { client_id: "known" });
    expect(answer.status).toBe(200);
    expect((await auth.events()).some((event) => event.includes("ClientRegistered"))).toBe(false);
  });

  it.each<[more: Record<string, string>, headers: Record<string, string>, why: string]>([
    [{}, basic("with secret"), "in the header, form-encoded"],
    [{ client_id: "with secret" }, basic("with secret"), "with its id in the body too"],
    [{ client_id: "with secret", client_secret: secret }, {}, "in the body"],
  ])("proves itself by its secret: %j %j (%s)", async (more, headers) => {
    const { answer } = await redeem("with secret", more, headers);
    expect(answer.status).toBe(200);
    const { refreshToken } = tokensOf(answer);
    expect((await post(auth, "/token", { grant_type: "refresh_token", refresh_token: refreshToken, client_id: "with secret" })).body["error"]).toBe("invalid_client");
    expect((await post(auth, "/token", { grant_type: "refresh_token", refresh_token: refreshToken }, basic("with secret"))).status).toBe(200);
  });

  it.each<[more: Record<string, string>, headers: Record<string, string>, error: string, why: string]>([
    [{ client_id: "with secret" }, {}, "invalid_client", "no secret"],
    [{ client_id: "with secret", client_secret: "" }, {}, "invalid_client", "an empty one"],
    [{ client_id: "with secret", client_secret: `${secret}x` }, {}, "invalid_client", "another one"],
    [{}, basic("with secret", "wrong"), "invalid_client", "another one in the header"],
    [{}, basic("stranger"), "invalid_client", "an unknown client"],
    [{ client_id: "known" }, basic("with secret"), "invalid_client", "two ids"],
    [{ client_id: "with secret", client_secret: secret }, basic("with secret"), "invalid_request", "two methods at once"],
    [{}, { authorization: "Bearer x" }, "invalid_client", "no client authentication"],
    [{}, { authorization: "Basic !!!" }, "invalid_client", "a broken header"],
    [{}, { authorization: `Basic ${Buffer.from("with%zzsecret:x").toString("base64")}` }, "invalid_client", "broken encoding inside"],
    [{ client_id: "known", client_secret: secret }, {}, "invalid_client", "another client, with a secret it does not have"],
  ])("is refused with %j %j as %s (%s), and its code stays good", async (more, headers, error) => {
    const { approved, answer } = await redeem("with secret", more, headers);
    expect(answer.body["error"]).toBe(error);
    expect(answer.status).toBe(error === "invalid_client" ? 401 : 400);
    if (error === "invalid_client") expect("www-authenticate" in answer.headers).toBe("authorization" in headers);
    expect(await auth.events()).not.toContainEqual(expect.stringMatching(/GrantIssued$/));
    expect((await redeem("with secret", {}, basic("with secret"), approved)).answer.status).toBe(200);
  });

  it("tells no difference between an unknown client and a wrong secret", async () => {
    const body = { grant_type: "authorization_code", code: "x" };
    const answers = [await post(auth, "/token", body, basic("stranger")), await post(auth, "/token", body, basic("with secret", "wrong"))];
    expect(answers[0]?.body).toEqual(answers[1]?.body);
  });

  it("is revoked and asked about with the same proof", async () => {
    const { answer } = await redeem("with secret", {}, basic("with secret"));
    const { refreshToken } = tokensOf(answer);
    expect((await post(auth, "/revoke", { token: refreshToken, client_id: "with secret" })).status).toBe(401);
    expect((await post(auth, "/introspect", { token: refreshToken }, basic("with secret"))).body).toMatchObject({ active: true, client_id: "with secret" });
    expect((await post(auth, "/revoke", { token: refreshToken }, basic("with secret"))).status).toBe(200);
    expect((await post(auth, "/introspect", { token: refreshToken }, basic("with secret"))).body).toEqual({ active: false });
  });
});

describe("a client that signs (private_key_jwt)", () => {
  it.each([
    ["aud is the issuer", { aud: issuer }],
    ["aud is the token endpoint", { aud: `${issuer}/token` }],
    ["aud is a list of one", { aud: [issuer] }],
    ["no iat", { iat: undefined }],
  ])("is known by an assertion: %s", async (_why, overrides) => {
    const { answer } = await redeem("signs", assertionParameters(await signer.sign(assertionClaims(auth, "signs", overrides))));
    expect(answer.status).toBe(200);
  });

  it("uses an assertion once: not again, not at another endpoint, not after a restart's worth of forgetting in memory", async () => {
    const assertion = assertionParameters(await signer.sign(assertionClaims(auth, "signs")));
    const { approved, answer } = await redeem("signs", assertion);
    expect(answer.status).toBe(200);
    expect((await post(auth, "/introspect", { token: "x", ...assertion })).body["error"]).toBe("invalid_client");
    expect((await post(auth, "/token", { grant_type: "authorization_code", code: approved.code, ...assertion })).body["error"]).toBe("invalid_client");
    const rows = await auth.store.sql.selectFrom("tt_used_assertions").selectAll().execute();
    expect(rows).toHaveLength(1);
  });

  it("lets twenty at once with the same assertion through once", async () => {
    const assertion = assertionParameters(await signer.sign(assertionClaims(auth, "signs")));
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(auth, "/introspect", { token: "x", ...assertion })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it("may use the name of an assertion again when the old one has long expired", async () => {
    const once = async () => (await post(auth, "/introspect", { token: "x", ...assertionParameters(await signer.sign(assertionClaims(auth, "signs", { jti: "same" }))) })).status;
    expect(await once()).toBe(200);
    expect(await once()).toBe(401);
    auth.clock.advance(200_000);
    expect(await once()).toBe(200);
  });

  it.each<[why: string, overrides: Record<string, unknown>]>([
    ["another audience", { aud: "https://other.example" }],
    ["an audience with a slash more", { aud: `${issuer}/` }],
    ["several audiences", { aud: [issuer, "https://other.example"] }],
    ["no audience", { aud: undefined }],
    ["another issuer", { iss: "known" }],
    ["another subject", { sub: "known" }],
    ["no jti", { jti: undefined }],
    ["a jti that is no text", { jti: 7 }],
    ["no exp", { exp: undefined }],
    ["an exp that is past", { exp: 1 }],
    ["an exp that is too far", { exp: 4_000_000_000 }],
    ["an nbf to come", { nbf: 4_000_000_000 }],
    ["an iat to come", { iat: 4_000_000_000 }],
  ])("is refused with %s, and a good assertion still works", async (_why, overrides) => {
    const { approved, answer } = await redeem("signs", { client_id: "signs", ...assertionParameters(await signer.sign(assertionClaims(auth, "signs", overrides))) });
    expect(answer.status).toBe(401);
    expect(answer.body["error"]).toBe("invalid_client");
    expect((await redeem("signs", assertionParameters(await signer.sign(assertionClaims(auth, "signs"))), {}, approved)).answer.status).toBe(200);
  });

  it("A18 is refused with the key of another, no signature, a shared secret, or a key that the assertion brings along", async () => {
    const claims = assertionClaims(auth, "signs");
    const stranger = new Signer();
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const forged = [
      await stranger.sign(claims),
      await stranger.sign(claims, { jwk: stranger.publicJwk }),
      await stranger.sign(claims, { jku: "https://evil.example/jwks" }),
      await stranger.sign(claims, { kid: "../../k1" }),
      `${encode({ alg: "none" })}.${encode(claims)}.`,
      await new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: "k1" }).sign(Buffer.from(JSON.stringify(signer.publicJwk).padEnd(64))),
      "eyJ.eyJ.x",
      "x".repeat(9_000),
    ];
    for (const assertion of forged) {
      const answer = await post(auth, "/introspect", { token: "x", client_id: "signs", ...assertionParameters(assertion) });
      expect(answer.status).toBe(401);
      expect(answer.text).not.toContain("eyJ");
    }
    expect(await auth.store.sql.selectFrom("tt_used_assertions").selectAll().execute()).toEqual([]);
    expect((await post(auth, "/introspect", { token: "x", ...assertionParameters(await signer.sign(claims)) })).status).toBe(200);
  });

  it.each<[more: Record<string, string>, why: string]>([
    [{ client_assertion_type: "urn:x" }, "another type"],
    [{ client_assertion_type: "" }, "no type"],
    [{ client_id: "known" }, "the id of another"],
  ])("is refused with %j (%s)", async (more) => {
    const assertion = await signer.sign(assertionClaims(auth, "signs"));
    expect((await post(auth, "/introspect", { token: "x", ...assertionParameters(assertion), ...more })).body["error"]).toBe("invalid_client");
  });

  it("logs no assertion", async () => {
    const assertion = await signer.sign(assertionClaims(auth, "signs"));
    await redeem("signs", assertionParameters(assertion));
    await redeem("signs", assertionParameters(`${assertion}x`));
    expect(auth.logLines.join("")).not.toContain(assertion.split(".")[1]);
  });
});

describe("a client that registered for a secret", () => {
  const register = async (metadata: Record<string, unknown> = {}) => {
    const answer = await auth.app.inject({
      method: "POST",
      url: "/register",
      headers: { "content-type": "application/json" },
      payload: JSON.stringify({ redirect_uris: [web], token_endpoint_auth_method: "client_secret_post", ...metadata }),
    });
    const { client_id: id, client_secret: own }: Record<string, string> = answer.json();
    return { id: id ?? "", own: own ?? "" };
  };
  const complete = async (id: string) => new TestClient(auth, id).approve({ redirect_uri: web });

  it("needs it before and after its first completed authorization, and a copy of the tables does not tell it", async () => {
    const { id, own } = await register();
    const early = await post(auth, "/introspect", { token: "x", client_id: id, client_secret: own });
    expect(early.body).toEqual({ active: false });
    const { code, pkce } = await complete(id);
    const body = { grant_type: "authorization_code", code, redirect_uri: web, code_verifier: pkce.verifier, client_id: id };
    expect((await post(auth, "/token", body)).body["error"]).toBe("invalid_client");
    expect((await post(auth, "/token", { ...body, client_secret: own })).status).toBe(200);
    const { events } = await auth.store.readFeed({ logEpoch: auth.store.logEpoch, position: 0 }, 1_000);
    const clients = await auth.store.sql.selectFrom("rm_clients").selectAll().execute();
    expect(JSON.stringify([events, clients])).toContain("secretFingerprint");
    expect(JSON.stringify([events, clients])).not.toContain(own);
    expect(auth.logLines.join("")).not.toContain(own);
  });

  it("is no service client: a person has to be there", async () => {
    const { id, own } = await register({ grant_types: ["authorization_code", "client_credentials"] });
    const answer = await post(auth, "/token", { grant_type: "client_credentials", resource, client_id: id, client_secret: own });
    expect(answer.body["error"]).toBe("unauthorized_client");
  });

  it("still has to prove its code challenge (A07)", async () => {
    const { id, own } = await register();
    const { code } = await complete(id);
    const answer = await post(auth, "/token", { grant_type: "authorization_code", code, redirect_uri: web, code_verifier: createPkce().verifier, client_id: id, client_secret: own });
    expect(answer.body["error"]).toBe("invalid_grant");
  });
});
