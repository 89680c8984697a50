import { Secret, sha256 } from "@mcp-auth-proxy/crypto";
import { type ExternalUrl, isLoopback } from "./external-url.ts";
import { isPrivateHost } from "./private-host.ts";
import { storageSettings } from "./settings/storage.ts";
import type { ValueReader } from "./value-reader.ts";

/** Where state is kept. */
export interface StorageConfig {
  /** Names this deployment wherever it shares a database or a Redis: the beginning of schema names and keys. */
  readonly deployment: string;
  /** Undefined: SQLite. */
  readonly databaseUrl?: Secret<string>;
  readonly tokenStore: "memory" | "sqlite" | "postgresql" | "redis";
  readonly cacheStore: "memory" | "redis";
  readonly redisUrl?: Secret<string>;
}

/** The same EXTERNAL_URL is the same deployment, whatever machine it runs on; the words are for people who look at the database. */
export const deploymentOf = (externalUrl: string): string => {
  const words = externalUrl.replace(/^https?:\/\//, "").replaceAll(/[^a-z0-9]+/gi, "_").toLowerCase().slice(0, 24);
  const hash = Buffer.from(sha256(externalUrl), "base64url").toString("hex");
  return `mcp_${words.replace(/_$/, "")}_${hash.slice(0, 8)}`;
};

/** Reads where state is kept, and refuses what contradicts itself. */
export const readStorage = ({ read, shown, problem }: ValueReader, { base }: ExternalUrl): StorageConfig => {
  const databaseUrl = read(storageSettings.databaseUrl);
  const schema = read(storageSettings.databaseSchema);
  const redisUrl = read(storageSettings.redisUrl);
  const fallback = shown(storageSettings.databaseUrl) === undefined ? "sqlite" : "postgresql";
  const tokenStore = read(storageSettings.tokenStore) ?? fallback;
  const cacheStore = read(storageSettings.cacheStore) ?? "memory";
  if (tokenStore === "postgresql" && fallback === "sqlite") problem("TOKEN_STORE is postgresql, and DATABASE_URL is not set: set it, or leave TOKEN_STORE out");
  if ((tokenStore === "sqlite" || tokenStore === "memory") && fallback === "postgresql") {
    problem(`TOKEN_STORE is ${tokenStore}, and DATABASE_URL is set: leave one of them out (with DATABASE_URL, TOKEN_STORE is postgresql or redis)`);
  }
  for (const [name, value] of [["TOKEN_STORE", tokenStore], ["CACHE_STORE", cacheStore]] as const) {
    if (value === "redis" && shown(storageSettings.redisUrl) === undefined) problem(`${name} is redis, and REDIS_URL is not set: set it, or leave ${name} out`);
  }
  return {
    deployment: schema ?? deploymentOf(base),
    tokenStore,
    cacheStore,
    ...(databaseUrl === undefined ? {} : { databaseUrl: Secret.of(databaseUrl) }),
    ...(redisUrl === undefined ? {} : { redisUrl: Secret.of(redisUrl) }),
  };
};

const crossesTheInternet = ({ hostname }: URL): boolean => {
  const host = hostname.replace(/^\[|\]$/g, "");
  return host !== "" && !isLoopback(host) && !isPrivateHost(host);
};

/** What is allowed, and weak or of no effect. */
export const storageWarnings = ({ databaseUrl, redisUrl, tokenStore, cacheStore }: StorageConfig): readonly string[] => {
  const database = databaseUrl === undefined ? undefined : new URL(databaseUrl.reveal());
  const redis = redisUrl === undefined ? undefined : new URL(redisUrl.reveal());
  const encrypted = ["require", "verify-ca", "verify-full"].includes(database?.searchParams.get("sslmode") ?? "") || database?.searchParams.get("ssl") === "true";
  return [
    ...(tokenStore === "memory" ? ["TOKEN_STORE is memory: everyone signs in again after a restart"] : []),
    ...(redis !== undefined && tokenStore !== "redis" && cacheStore !== "redis" ? ["REDIS_URL has no effect without TOKEN_STORE=redis or CACHE_STORE=redis"] : []),
    ...(database !== undefined && crossesTheInternet(database) && !encrypted ? ["DATABASE_URL leads across a public network without TLS: add sslmode=verify-full"] : []),
    ...(redis !== undefined && crossesTheInternet(redis) && redis.protocol === "redis:" ? ["REDIS_URL leads across a public network without TLS: use rediss://"] : []),
  ];
};
