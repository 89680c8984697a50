import { createServer } from "node:http";
import { type Answer, isObject, request, type SignedIn, signIn, waitFor } from "@mcp-auth-proxy/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectAccess, expectNoAccess, mcpAnswer } from "../support/expect-access.ts";
import { attackerSigner, encodePart, type JwtPart, publicKeyForms, type ReadJwt, readJwt, signWithPublicKey } from "../support/forged-jwt.ts";
import { useGateway } from "../support/use-gateway.ts";

interface Material {
  readonly token: string;
  readonly read: ReadJwt;
  readonly publicKey: unknown;
  readonly attackerUrl: string;
}

const attacker = attackerSigner();
const later = (payload: JwtPart): JwtPart => ({ ...payload, exp: Number(payload.exp) + 86_400 });
const parts = (token: string): readonly [string, string, string] => {
  const [header = "", payload = "", signature = ""] = token.split(".");
  return [header, payload, signature];
};

const forgeries: readonly (readonly [what: string, forge: (from: Material) => string | readonly string[]])[] = [
  ["alg none without a signature", ({ read }) => ["none", "None", "NONE", "nOnE"].map((alg) => `${encodePart({ ...read.header, alg })}.${encodePart(read.payload)}.`)],
  ["alg none with the old signature", ({ read }) => `${encodePart({ ...read.header, alg: "none" })}.${encodePart(read.payload)}.${read.signature}`],
  ["no alg", ({ read }) => attacker.sign({ ...read.header, alg: undefined }, read.payload)],
  ["HS256 with our public key as secret", ({ read, publicKey }) => publicKeyForms(publicKey).map((secret) => signWithPublicKey(secret, read.header, read.payload))],
  ["HS256 with an empty secret", ({ read }) => signWithPublicKey("", read.header, read.payload)],
  ["another key under our kid", ({ read }) => attacker.sign(read.header, read.payload)],
  ["another key under no kid", ({ read }) => attacker.sign({ ...read.header, kid: undefined }, read.payload)],
  [
    "a kid that is a path, a query or no text",
    ({ read }) => ["../../../../dev/null", "/dev/null", "' or '1'='1", "x' union select 'AAAA", "file:///etc/passwd", "__proto__", "", 0, null, ["a"], { a: 1 }, "k".repeat(5_000)].map((kid) => attacker.sign({ ...read.header, kid }, read.payload)),
  ],
  ["its own key in the header", ({ read }) => [attacker.sign({ ...read.header, jwk: attacker.jwk }, read.payload), attacker.sign({ ...read.header, kid: undefined, jwk: attacker.jwk }, read.payload)]],
  ["a jku of its own", ({ read, attackerUrl }) => attacker.sign({ ...read.header, jku: attackerUrl }, read.payload)],
  ["an x5u of its own", ({ read, attackerUrl }) => attacker.sign({ ...read.header, x5u: attackerUrl }, read.payload)],
  ["an x5c of its own", ({ read }) => attacker.sign({ ...read.header, x5c: ["MIIB"] }, read.payload)],
  ["a crit header we do not know", ({ read }) => attacker.sign({ ...read.header, crit: ["exp"] }, read.payload)],
  ["an issuer of its own", ({ read, attackerUrl }) => attacker.sign(read.header, { ...read.payload, iss: attackerUrl })],
  ["a later expiry under the old signature", ({ token, read }) => `${parts(token)[0]}.${encodePart(later(read.payload))}.${read.signature}`],
  ["another subject under the old signature", ({ token, read }) => `${parts(token)[0]}.${encodePart({ ...read.payload, sub: "0" })}.${read.signature}`],
  ["another header under the old signature", ({ token, read }) => `${encodePart({ ...read.header, typ: "JWT" })}.${parts(token)[1]}.${read.signature}`],
  [
    "a key twice, the last one forged",
    ({ token, read }) => {
      const twice = JSON.stringify(read.payload).replace(/}$/, `,"exp":${Number(read.payload.exp) + 86_400}}`);
      return `${parts(token)[0]}.${encodePart(twice)}.${read.signature}`;
    },
  ],
  ["no signature", ({ token }) => [parts(token).slice(0, 2).join("."), `${parts(token).slice(0, 2).join(".")}.`]],
  ["half a signature, and one with more behind it", ({ token }) => [token.slice(0, -40), `${token}AAAA`, `${token}=`, `${token}.x`]],
  ["a signature of zeros", ({ token }) => `${parts(token).slice(0, 2).join(".")}.${Buffer.alloc(64).toString("base64url")}`],
  ["the signature in another spelling of base64", ({ token }) => `${parts(token).slice(0, 2).join(".")}.${parts(token)[2]}%3D`],
  ["a payload that is no object", ({ read }) => ["[]", "null", '"x"', "1", "{"].map((payload) => attacker.sign(read.header, payload))],
  ["claims of half a megabyte", ({ read }) => attacker.sign(read.header, { ...read.payload, more: "x".repeat(5_000) })],
  ["a future nbf", ({ read }) => attacker.sign(read.header, { ...read.payload, nbf: Number(read.payload.exp) + 1_000 })],
  ["an encrypted token", ({ token }) => `${token}.${parts(token)[0]}.${parts(token)[1]}`],
  ["letters that are no JWT", () => ["x", "...", "..", "a.b.c", "eyJ.eyJ.", "null", "undefined", "[object Object]"]],
];

describe("A18 a forged access token", () => {
  const gateway = useGateway();
  const fetched: string[] = [];
  // Anything that follows a jku or an x5u would come here.
  const attackerServer = createServer((incoming, response) => {
    fetched.push(incoming.url ?? "");
    response.end(JSON.stringify({ keys: [attacker.jwk] }));
  });
  let signedIn: SignedIn;
  let material: Material;

  beforeAll(async () => {
    await new Promise<void>((resolve) => attackerServer.listen(0, "127.0.0.1", resolve));
    const address = attackerServer.address();
    const attackerUrl = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/jwks`;
    signedIn = await signIn(gateway());
    const { accessToken } = signedIn.tokens;
    const { keys } = (await request(signedIn.client.discovery.jwksUri)).json();
    material = { token: accessToken, read: readJwt(accessToken), publicKey: Array.isArray(keys) ? keys[0] : undefined, attackerUrl };
  });
  afterAll(() => attackerServer.close());

  const answerTo = (token: string): Promise<Answer> => mcpAnswer(gateway(), token);
  const told = (answer: Answer): unknown => ({ status: answer.status, challenge: answer.headers.get("www-authenticate"), body: answer.text });

  it.each(forgeries)("with %s gets the same 401 as any other, and the real one goes on working", async (_, forge) => {
    const constant = told(await answerTo("not-a-token"));
    const made = forge(material);
    for (const token of typeof made === "string" ? [made] : made) {
      expect(told(await answerTo(token)), token.slice(0, 80)).toEqual(constant);
    }
    expect(fetched).toEqual([]);
    await expectAccess(gateway(), signedIn.tokens);
  });

  it("too long for any header limit is refused, and the gateway lives", async () => {
    const huge = attacker.sign(material.read.header, { ...material.read.payload, more: "x".repeat(200_000) });
    const status = await answerTo(huge).then(
      (answer) => answer.status,
      () => 431,
    );
    expect([401, 413, 431]).toContain(status);
    await expectAccess(gateway(), signedIn.tokens);
  });

  it.each([
    ["the scheme in other words", (token: string) => [`bearer  ${token}x`, `Basic ${token}`, `Token ${token}`, token, `Bearer ${token} ${token}`, `Bearer ${token},x`]],
  ])("under %s is refused", async (_, spell) => {
    for (const authorization of spell(material.token)) {
      const answer = await request(gateway().mcpUrl, { method: "POST", headers: { authorization, "content-type": "application/json" }, body: "{}" });
      expect(answer.status, authorization.slice(0, 20)).toBe(401);
    }
    await expectAccess(gateway(), signedIn.tokens);
  });

  it("the real token has the shape of RFC 9068 and names no algorithm but ES256", () => {
    const { header, payload } = material.read;
    expect(header).toMatchObject({ alg: "ES256", typ: "at+jwt" });
    expect(Object.keys(header).sort()).toEqual(["alg", "kid", "typ"]);
    expect(payload).toMatchObject({ iss: gateway().baseUrl, aud: gateway().mcpUrl, client_id: signedIn.client.clientId, scope: "mcp-access" });
    for (const claim of ["sub", "jti", "grant"]) expect(payload[claim]).toEqual(expect.any(String));
    expect(Number(payload.exp)).toBeGreaterThan(Number(payload.iat));
    expect(isObject(material.publicKey) && !("d" in material.publicKey)).toBe(true);
  });
});

describe("A18 an access token after its time", () => {
  const gateway = useGateway({ environment: { ACCESS_TOKEN_TTL: "1" } });

  it("is refused without any grace, although it was used and remembered before", async () => {
    const { client, tokens } = await signIn(gateway());
    const expiresAt = Number(readJwt(tokens.accessToken).payload.exp) * 1_000;
    let lastAcceptedAt = 0;
    await waitFor("the token to expire", async () => {
      const askedAt = Date.now();
      const { status } = await mcpAnswer(gateway(), tokens.accessToken);
      if (status === 200) lastAcceptedAt = askedAt;
      return status === 401;
    });
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt);
    // Gateway and test share one clock: what was asked after the end must not have been answered.
    expect(lastAcceptedAt).toBeLessThan(expiresAt);
    await expectNoAccess(gateway(), tokens);
    expect((await client.refresh(tokens.refreshToken)).status).toBe(200);
  });
});
