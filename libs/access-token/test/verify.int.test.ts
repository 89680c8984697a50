import { createInProcessBus, createMessenger, type Bus } from "@mcp-auth-proxy/bus";
import { createLog, noTracer } from "@mcp-auth-proxy/telemetry";
import { createFakeClock } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SigningKeys } from "../src/signing-keys.ts";
import { FakeAuth, createSigner, type TokenOptions } from "../src/testing/index.ts";
import { verifyAccessToken } from "../src/verify.ts";

const issuer = "https://mcp.example.com";
const resource = `${issuer}/mcp`;
const other = `${issuer}/files/mcp`;
const clock = createFakeClock();
let bus: Bus;
let auth: FakeAuth;
let keys: SigningKeys;

beforeEach(async () => {
  bus = createInProcessBus({ clock });
  auth = await FakeAuth.start(bus, clock, issuer);
  const log = createLog({ level: "error", format: "json", destination: { write: () => undefined } });
  keys = new SigningKeys(createMessenger({ bus, service: "vault", log, tracer: noTracer }), clock);
});
afterEach(async () => {
  await auth.stop();
  await bus.close();
});

const verify = (token: string, resources: readonly string[] = [resource]) => verifyAccessToken(token, { issuer, resources }, keys, clock);

describe("an access token of ours", () => {
  it("says who asks, through which client, for which server, until when", async () => {
    const token = await auth.token(other, { subject: "s1", client: "c1", grant: "g1" });
    const now = clock.now();
    expect(await verify(token, [resource, other])).toEqual({
      ok: true,
      value: { subject: "s1", client: "c1", grant: "g1", resource: other, scopes: ["mcp-access"], issuedAt: now, expiresAt: now + 3_600_000 },
    });
  });

  it("counts until its last moment and not after", async () => {
    const token = await auth.token(resource, { expiresAt: clock.now() + 60_000 });
    clock.advance(59_999);
    expect(await verify(token)).toMatchObject({ ok: true });
    clock.advance(1);
    expect(await verify(token)).toEqual({ ok: false, error: { reason: "ERR_JWT_EXPIRED" } });
  });

  it.each<[string, TokenOptions, string]>([
    ["a server that is not served", { claims: { aud: `${resource}-other` } }, "the prefix is no match (A16)"],
    ["a list of audiences", { claims: { aud: [resource] } }, "a token of ours names one"],
    ["another issuer", { claims: { iss: "https://evil.example" } }, "RFC 9068 section 4"],
    ["another type of token", { typ: "JWT" }, "an id token is no access token (RFC 8725 section 3.11)"],
    ["a key that is not auth's", { kid: "key-2" }, "only our own set counts"],
    ["a kid that is a path", { kid: "../../etc/passwd" }, "nothing is looked up by it but the set (A18)"],
    ["no grant", { without: ["grant"] }, "the denylist would have nothing to go by"],
    ["no expiry", { without: ["exp"] }, "it would count for ever"],
    ["a subject that is no text", { claims: { sub: 7 } }, "claims of the wrong kind"],
    ["a client id without end", { client: "c".repeat(513) }, "as long as auth takes one"],
    ["the future", { issuedAt: Date.UTC(2030, 0, 1), expiresAt: Date.UTC(2031, 0, 1) }, "a clock that is wrong, or a lie"],
    ["not before tomorrow", { claims: { nbf: 4_000_000_000 } }, "RFC 7519 section 4.1.5"],
    ["more than a token may hold", { claims: { padding: "x".repeat(4_096) } }, "is not looked at"],
  ])("is refused with %s", async (_, options) => {
    const token = await auth.token(resource, options);
    expect(await verify(token)).toMatchObject({ ok: false });
    expect(await verify(await auth.token(resource))).toMatchObject({ ok: true });
  });

  it("is refused everywhere when no server is served", async () => {
    expect(await verify(await auth.token(resource), [])).toMatchObject({ ok: false });
  });

  it("is refused when somebody else signed it under the name of auth's key, or when nobody did", async () => {
    const forged = await (await createSigner("key-1")).sign({ iss: issuer, aud: resource, sub: "s", client_id: "c", grant: "g", scope: "", iat: 1, exp: 4e9, jti: "j" }, { typ: "at+jwt", kid: "key-1" });
    expect(await verify(forged)).toMatchObject({ ok: false });
    const [, claims] = (await auth.token(resource)).split(".");
    const none = Buffer.from(JSON.stringify({ alg: "none", typ: "at+jwt", kid: "key-1" })).toString("base64url");
    expect(await verify(`${none}.${claims}.`)).toMatchObject({ ok: false });
  });

  it.each(["", "a.b", "a.b.c", "Bearer", "\u0000"])("is not %j", async (text) => {
    expect(await verify(text)).toMatchObject({ ok: false });
  });
});
