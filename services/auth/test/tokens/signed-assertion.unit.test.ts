import { generateKeyPairSync, sign } from "node:crypto";
import { SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { verifyAssertion } from "../../src/tokens/signed-assertion.ts";
import { parseJwks } from "../../src/validate/client-jwks.ts";

const now = 1_700_000_000_000;
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const small = generateKeyPairSync("rsa", { modulusLength: 1024 });
const ed = generateKeyPairSync("ed25519");
const p521 = generateKeyPairSync("ec", { namedCurve: "P-521" });

const verify = async (alg: string, { privateKey, publicKey }: typeof rsa) => {
  const keys = parseJwks({ keys: [publicKey.export({ format: "jwk" })] });
  if (!keys.ok) throw new Error(keys.error);
  const claims = { iss: "app", sub: "app", aud: "us", jti: "1", exp: now / 1000 + 60 };
  const text = await new SignJWT(claims).setProtectedHeader({ alg }).sign(privateKey);
  return verifyAssertion(text, { keys: keys.value, issuer: "app", audiences: ["us"], maxLifetimeMs: 600_000, now });
};

describe("the signature of an assertion", () => {
  it.each<[alg: string, pair: typeof rsa]>([
    ["RS256", rsa],
    ["PS256", rsa],
    ["EdDSA", ed],
    ["Ed25519", ed],
  ])("may be %s", async (alg, pair) => {
    expect(await verify(alg, pair)).toMatchObject({ ok: true, value: { subject: "app", jti: "1" } });
  });

  it.each<[alg: string, pair: typeof rsa]>([
    ["RS512", rsa],
    ["PS512", rsa],
    ["RS384", rsa],
    ["ES512", p521],
  ])("may not be %s: only what our list names", async (alg, pair) => {
    expect(await verify(alg, pair)).toEqual({ ok: false, error: "ERR_JOSE_ALG_NOT_ALLOWED" });
  });

  it("is tried with a few keys only, where none is named: each try costs us a verification (C18)", async () => {
    const others = Array.from({ length: 19 }, () => generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "jwk" }));
    const own = rsa.publicKey.export({ format: "jwk" });
    const claims = { iss: "app", sub: "app", aud: "us", jti: "1", exp: now / 1000 + 60 };
    const tried = async (kid: string | undefined, jwks: readonly object[]): Promise<boolean> => {
      const keys = parseJwks({ keys: jwks });
      const text = await new SignJWT(claims).setProtectedHeader({ alg: "RS256", ...(kid === undefined ? {} : { kid }) }).sign(rsa.privateKey);
      return (await verifyAssertion(text, { keys: keys.ok ? keys.value : [], issuer: "app", audiences: ["us"], maxLifetimeMs: 600_000, now })).ok;
    };
    expect(await tried(undefined, [...others, own])).toBe(false);
    expect(await tried(undefined, [...others.slice(0, 3), own])).toBe(true);
    const named = others.map((key, at) => ({ ...key, kid: String(at) }));
    expect(await tried("own", [...named, { ...own, kid: "own" }])).toBe(true);
    expect(await tried("own", [...named.map((key) => ({ ...key, kid: "own" })), { ...own, kid: "own" }])).toBe(false);
    // Keys of another kind can not have signed it: they take no place.
    expect(await tried(undefined, [...Array.from({ length: 9 }, () => ed.publicKey.export({ format: "jwk" })), own])).toBe(true);
  });

  it("may not be of a key that is too short", async () => {
    const { publicKey } = small;
    const keys = parseJwks({ keys: [publicKey.export({ format: "jwk" })] });
    const header = Buffer.from(JSON.stringify({ alg: "RS256" })).toString("base64url");
    const payload = Buffer.from(JSON.stringify({ iss: "app", sub: "app", aud: "us", jti: "1", exp: now / 1000 + 60 })).toString("base64url");
    const text = `${header}.${payload}.${sign("sha256", Buffer.from(`${header}.${payload}`), small.privateKey).toString("base64url")}`;
    expect(await verifyAssertion(text, { keys: keys.ok ? keys.value : [], issuer: "app", audiences: ["us"], maxLifetimeMs: 600_000, now })).toMatchObject({ ok: false });
  });
});
