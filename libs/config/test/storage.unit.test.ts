import { describe, expect, it } from "vitest";
import { loadGatewayConfig } from "../src/index.ts";
import { deploymentOf } from "../src/storage.ts";

const key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
const database = "postgresql://gateway:canary-password@localhost:5432/gateway";
const base = { PASSWORD: "a long test password", ENV_FILE: "none", AUTH_ENCRYPTION_SECRET: key };

const load = (environment: Readonly<Record<string, string>>) => {
  const loaded = loadGatewayConfig({ flags: [], environment: { ...base, ...environment }, folder: "/tmp" });
  return loaded.ok ? { storage: loaded.value.value.storage, warnings: loaded.value.warnings, problems: [] } : { warnings: [], problems: loaded.error };
};

describe("where state is kept", () => {
  it.each([
    [{}, { tokenStore: "sqlite", cacheStore: "memory" }],
    [{ TOKEN_STORE: "memory" }, { tokenStore: "memory" }],
    [{ DATABASE_URL: database }, { tokenStore: "postgresql" }],
    [{ DATABASE_URL: database, TOKEN_STORE: "postgresql" }, { tokenStore: "postgresql" }],
    [{ DATABASE_URL: database, AUTH_TOKEN_STORE: "redis", REDIS_URL: "redis://localhost" }, { tokenStore: "redis" }],
    [{ TOKEN_STORE: "redis", REDIS_URL: "rediss://:p@localhost:6379/1" }, { tokenStore: "redis" }],
    [{ CACHE_STORE: "redis", REDIS_URL: "redis://localhost" }, { tokenStore: "sqlite", cacheStore: "redis" }],
    [{ DATABASE_URL: database, DATABASE_SCHEMA: "team_a" }, { deployment: "team_a" }],
  ])("of %j is %j", (environment, expected) => {
    const { storage, problems } = load(environment);
    expect(problems).toEqual([]);
    expect(storage).toMatchObject(expected);
  });

  it.each([
    [{ TOKEN_STORE: "postgresql" }, "DATABASE_URL is not set"],
    [{ TOKEN_STORE: "redis" }, "REDIS_URL is not set"],
    [{ CACHE_STORE: "redis" }, "REDIS_URL is not set"],
    [{ DATABASE_URL: database, TOKEN_STORE: "sqlite" }, "leave one of them out"],
    [{ DATABASE_URL: database, TOKEN_STORE: "memory" }, "leave one of them out"],
    [{ TOKEN_STORE: "files" }, "it takes sqlite or memory or postgresql or redis"],
  ])("refuses %j, which contradicts itself", (environment, sentence) => {
    expect(load(environment).problems).toEqual([expect.stringContaining(sentence)]);
  });

  it("needs a key of the operator's own where the data outlives the folder", () => {
    expect(load({ DATABASE_URL: database, AUTH_ENCRYPTION_SECRET: "" }).problems).toEqual([expect.stringContaining("AUTH_ENCRYPTION_SECRET is not set")]);
  });
});

describe("DATABASE_URL", () => {
  it.each([
    "postgresql://localhost/gateway",
    "postgres://gateway:p%40ss@db:5432/gateway",
    "postgresql://gateway@db.internal/gateway?sslmode=verify-full&sslrootcert=/etc/ca.pem",
    "postgresql:///gateway?host=/run/postgresql",
  ])("takes %s", (url) => {
    expect(load({ DATABASE_URL: url }).storage?.databaseUrl?.reveal()).toBe(url);
  });

  it.each([
    ["another scheme", "mysql://gateway:canary@db/gateway"],
    ["keywords", "host=db user=gateway password=canary dbname=gateway"],
    ["no name of a database", "postgresql://gateway:canary@db"],
    ["no host", "postgresql:///gateway"],
    ["a password that ends the URL early", "postgresql://gateway:canary#1@db/gateway"],
    ["no URL", "canary"],
  ])("refuses %s, and does not repeat it", (_what, url) => {
    const { problems } = load({ DATABASE_URL: url });
    expect(problems).toEqual([expect.stringContaining("DATABASE_URL does not fit: it takes postgresql://")]);
    expect(problems.join()).not.toContain("canary");
  });

  it("is not shown by the configuration", () => {
    expect(JSON.stringify(load({ DATABASE_URL: database }))).not.toContain("canary");
  });

  it.each([
    [{ DATABASE_URL: "postgresql://u@db.example.com/d" }, ["DATABASE_URL leads across a public network without TLS"]],
    [{ DATABASE_URL: "postgresql://u@db.example.com/d?sslmode=verify-full" }, []],
    [{ DATABASE_URL: "postgresql://u@postgres/d" }, []],
    [{ DATABASE_URL: "postgresql://u@10.0.0.7/d" }, []],
    [{ TOKEN_STORE: "redis", REDIS_URL: "redis://cache.example.com" }, ["REDIS_URL leads across a public network without TLS"]],
    [{ REDIS_URL: "redis://localhost" }, ["REDIS_URL has no effect"]],
  ])("of %j is warned about as %j", (environment, sentences) => {
    expect(load(environment).warnings).toEqual(sentences.map((sentence) => expect.stringContaining(sentence)));
  });
});

describe("DATABASE_SCHEMA", () => {
  it.each(["Team", "1team", "pg_team", "team-a", "a".repeat(41), 'x"; drop schema public; --'])("refuses %s", (schema) => {
    expect(load({ DATABASE_URL: database, DATABASE_SCHEMA: schema }).problems).toEqual([expect.stringContaining("DATABASE_SCHEMA")]);
  });

  it.each(["http://localhost:8080", "https://mcp.example.com", "https://a.very.long.name.of.a.host.example.com/with/a/path"])("made of %s fits one, is the same each time, and another's is another", (url) => {
    const made = deploymentOf(url);
    expect(load({ DATABASE_URL: database, DATABASE_SCHEMA: made }).problems).toEqual([]);
    expect(deploymentOf(url)).toBe(made);
    expect(deploymentOf(`${url}/b`)).not.toBe(made);
  });
});
