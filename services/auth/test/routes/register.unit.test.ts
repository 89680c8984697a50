import { createHttpApp } from "@mcp-auth-proxy/http";
import { Secret } from "@mcp-auth-proxy/crypto";
import { createLog } from "@mcp-auth-proxy/telemetry";
import { describe, expect, it } from "vitest";
import { defaultAuthLimits, type AuthLimits } from "../../src/config.ts";
import { registerRoute } from "../../src/routes/register.ts";
import { recordingKv } from "../recording-kv.ts";
import { createMemoryRegistrations } from "./memory-registrations.ts";

const good = { client_name: "Claude", redirect_uris: ["https://claude.ai/api/mcp/auth_callback"] };

const serving = async (limits: Partial<AuthLimits> = {}, issuer = "https://gate.example.com") => {
  let now = 1_700_000_000_999;
  const clock = { now: () => now };
  const lines: string[] = [];
  const log = createLog({ level: "debug", format: "json", destination: { write: (line: string) => lines.push(line) } });
  const app = createHttpApp({ log, clock });
  const registrations = createMemoryRegistrations(clock);
  const config = { issuer, resources: [], clientRedirectSchemes: ["cursor"], limits: { ...defaultAuthLimits, ...limits } };
  const kv = recordingKv(clock);
  await registerRoute(app, { config, registrations, keys: { pepper: Secret.of(Buffer.alloc(32, 1)) }, kv, clock, log });
  const register = (payload: unknown, { url = "/register", remoteAddress = "192.0.2.1", type = "application/json", forwarded = {} } = {}) =>
    app.inject({ method: "POST", url, remoteAddress, headers: { "content-type": type, ...forwarded }, payload: typeof payload === "string" ? payload : JSON.stringify(payload) });
  return { app, registrations, register, lines, keys: kv.keys, pass: (ms: number) => (now += ms) };
};

const withSecret = { ...good, token_endpoint_auth_method: "client_secret_post" };

describe("POST /register for a confidential client", () => {
  it("tells the secret once, without an end, and keeps a fingerprint", async () => {
    const { register, registrations, lines } = await serving();
    const answer = await register(withSecret);
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toMatchObject({ token_endpoint_auth_method: "client_secret_post", client_secret: expect.stringMatching(/^mcp_cs_[A-Za-z0-9_-]{43}$/), client_secret_expires_at: 0 });
    const kept = JSON.stringify(registrations.saved);
    expect(kept).toContain("secretFingerprint");
    expect(kept).not.toContain("mcp_cs_");
    expect(lines.join("")).not.toContain("mcp_cs_");
  });

  it.each<[redirectUris: readonly string[], why: string]>([
    [["http://127.0.0.1:9/cb"], "a loopback address: the client is on somebody's machine"],
    [["cursor://x/cb"], "a private-use scheme: likewise"],
    [["https://app.example.com/cb", "http://localhost/cb"], "one of the two is enough"],
  ])("A14 gives no secret to a client that comes back at %j (%s), and lets it go on as a public one", async (redirectUris) => {
    const { register } = await serving();
    const answer = await register({ ...withSecret, redirect_uris: redirectUris });
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toMatchObject({ token_endpoint_auth_method: "none" });
    expect(answer.json()).not.toHaveProperty("client_secret");
  });

  it.each<[issuer: string, forwarded: Record<string, string>, why: string]>([
    ["http://gate.example.com", {}, "our own address is plain"],
    ["https://gate.example.com", { "x-forwarded-proto": "http" }, "the edge says that this request was"],
    ["https://gate.example.com", { "x-forwarded-proto": "https, HTTP" }, "likewise, behind another edge"],
  ])("A14 mints no secret over plain http: %s %j (%s)", async (issuer, forwarded) => {
    const { register, registrations } = await serving({}, issuer);
    const answer = await register(withSecret, { forwarded });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ error: "invalid_client_metadata" });
    expect(answer.body).not.toContain("mcp_cs_");
    expect(registrations.saved).toEqual([]);
    expect((await register(good, { forwarded })).statusCode).toBe(201);
  });

  it("mints one over https as the edge tells it, and on loopback", async () => {
    const edge = await serving();
    expect((await edge.register(withSecret, { forwarded: { "x-forwarded-proto": "https" } })).statusCode).toBe(201);
    const loopback = await serving({}, "http://localhost:8080");
    expect((await loopback.register(withSecret)).json()).toHaveProperty("client_secret");
  });

  it("echoes the keys of a client that signs, and tells no secret", async () => {
    const { register, registrations } = await serving();
    const jwks = { keys: [{ kty: "EC", crv: "P-256", x: "x", y: "y", kid: "1", alg: "ES256" }] };
    const answer = await register({ ...good, token_endpoint_auth_method: "private_key_jwt", jwks });
    expect(answer.json()).toMatchObject({ token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [{ kty: "EC", crv: "P-256", x: "x", y: "y", kid: "1" }] } });
    expect(answer.json()).not.toHaveProperty("client_secret");
    expect(registrations.saved).toMatchObject([{ authentication: { method: "private_key_jwt" } }]);
  });
});

describe("POST /register", () => {
  it("answers 201 with what is in effect, not to be stored", async () => {
    const { register, registrations } = await serving();
    const answer = await register({ ...good, redirect_uris: [...good.redirect_uris, "other:/cb"], token_endpoint_auth_method: "tls_client_auth", scope: "admin" });
    expect(answer.statusCode).toBe(201);
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.headers["access-control-allow-origin"]).toBe("*");
    expect(answer.json()).toEqual({
      client_id: expect.stringMatching(/^mcp_client_[A-Za-z0-9_-]{22}$/),
      client_id_issued_at: 1_700_000_000,
      client_name: "Claude",
      redirect_uris: ["https://claude.ai/api/mcp/auth_callback"],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      scope: "mcp-access",
    });
    expect(registrations.saved).toMatchObject([{ clientId: answer.json().client_id, issuedAt: 1_700_000_000_999, expiresAt: 1_700_086_400_999, address: "192.0.2.1" }]);
  });

  it("gives each registration an id of its own", async () => {
    const { register } = await serving();
    expect((await register(good)).json().client_id).not.toBe((await register(good)).json().client_id);
  });

  it("lies below the path of the issuer", async () => {
    const { register } = await serving({}, "https://gate.example.com/t1");
    expect((await register(good, { url: "/t1/register" })).statusCode).toBe(201);
    expect((await register(good)).statusCode).toBe(404);
  });

  it.each<[payload: unknown, error: string, why: string]>([
    [{ ...good, redirect_uris: ["javascript:alert(1)"] }, "invalid_redirect_uri", "a dangerous scheme"],
    [{ ...good, redirect_uris: ["http://app.example.com/cb"] }, "invalid_redirect_uri", "http that is not loopback"],
    [{ ...good, grant_types: ["password"] }, "invalid_client_metadata", "nothing is left"],
    ["{", "invalid_client_metadata", "half a document"],
    ["", "invalid_client_metadata", "no document"],
    ["[]", "invalid_client_metadata", "no object"],
    ["[".repeat(20_000), "invalid_client_metadata", "deep and broken"],
  ])("refuses %j as %s, keeps nothing, and a good one still works", async (payload, error) => {
    const { register, registrations } = await serving();
    const refused = await register(payload);
    expect(refused.statusCode).toBe(400);
    expect(refused.json()).toMatchObject({ error });
    expect(refused.body).not.toContain("alert");
    expect(registrations.saved).toEqual([]);
    expect((await register(good)).statusCode).toBe(201);
  });

  it("takes JSON only, and not too much of it", async () => {
    const { register, registrations } = await serving();
    expect((await register("redirect_uris=x", { type: "application/x-www-form-urlencoded" })).statusCode).toBe(400);
    expect((await register("x", { type: "text/plain" })).statusCode).toBe(415);
    expect((await register({ ...good, client_name: "a".repeat(50_000) })).statusCode).toBe(413);
    expect(registrations.saved).toEqual([]);
  });

  it("may be used by any page, without credentials", async () => {
    const { app } = await serving();
    const preflight = await app.inject({ method: "OPTIONS", url: "/register", headers: { origin: "http://localhost:6274", "access-control-request-method": "POST" } });
    expect(preflight.statusCode).toBe(204);
    expect(preflight.headers).toMatchObject({ "access-control-allow-origin": "*", "access-control-allow-methods": expect.stringContaining("POST") });
  });

  it("slows down one address, a whole IPv6 block counting as one, and no other", async () => {
    const { register, pass } = await serving();
    for (let count = 0; count < 30; count += 1) expect((await register(good, { remoteAddress: `2001:db8::${count}` })).statusCode).toBe(201);
    const refused = await register(good, { remoteAddress: "2001:db8::ffff" });
    expect(refused.statusCode).toBe(429);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect(refused.json()).toMatchObject({ error: "slow_down" });
    expect((await register(good, { remoteAddress: "192.0.2.9" })).statusCode).toBe(201);
    pass(60_000);
    expect((await register(good, { remoteAddress: "2001:db8::ffff" })).statusCode).toBe(201);
  });

  it("slows down everybody together", async () => {
    const { register, registrations } = await serving();
    for (let count = 0; count < 300; count += 1) await register(good, { remoteAddress: `192.0.2.${count % 250}` });
    expect(registrations.saved).toHaveLength(300);
    expect((await register(good, { remoteAddress: "198.51.100.1" })).statusCode).toBe(429);
  });

  it.each<[limits: Partial<AuthLimits>, why: string]>([
    [{ registrationsPerAddress: 2 }, "per address"],
    [{ registrationsInAll: 2 }, "in all"],
  ])("refuses beyond the quota %j, and goes on when rows have expired", async (limits) => {
    const { register, registrations, pass } = await serving({ ...limits, registrationTtlMs: 5_000 });
    await register(good);
    await register(good);
    expect((await register(good)).statusCode).toBe(429);
    expect(registrations.saved).toHaveLength(2);
    pass(5_001);
    expect((await register(good)).statusCode).toBe(201);
  });

  it("writes nothing of what the client says into the log", async () => {
    const { register, lines } = await serving();
    await register({ ...good, client_name: "CANARY-name", redirect_uris: ["https://canary.example/CANARY"] });
    await register({ ...good, redirect_uris: ["javascript:CANARY"] });
    expect(lines.join("")).toContain("client registered");
    expect(lines.join("")).not.toContain("CANARY");
  });
});

it("the cache, which may be anybody's to look at, is told no address", async () => {
  const { register, keys } = await serving();
  expect((await register(good)).statusCode).toBe(201);
  expect(keys.length).toBeGreaterThan(1);
  expect(keys.join(" ")).not.toContain("192.0.2.1");
});
