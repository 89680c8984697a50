import { err, ok } from "@mcp-auth-proxy/contracts";
import { setting, type ValueKind } from "../setting.ts";
import { oneOf } from "../value-kinds.ts";

const urlOf = (takes: string, schemes: readonly string[], isComplete: (url: URL) => boolean): ValueKind<string> => ({
  takes,
  parse: (value) => {
    if (value.includes("\0") || !URL.canParse(value)) return err("malformed");
    const url = new URL(value);
    return schemes.includes(url.protocol) && isComplete(url) ? ok(value) : err("malformed");
  },
});

/** A name is needed, or the driver would take that of the user; a host, or the parameter that names a socket's folder. */
const databaseUrl = urlOf(
  "postgresql://user:password@host:5432/database (or postgres://), with what is special in a password percent-encoded",
  ["postgresql:", "postgres:"],
  (url) => url.pathname.length > 1 && (url.hostname !== "" || url.searchParams.has("host")),
);

const redisUrl = urlOf("redis://:password@host:6379/0 (rediss:// for TLS)", ["redis:", "rediss:"], (url) => url.hostname !== "");

/** Room is left for the service's name within PostgreSQL's 63 bytes. */
const schemaName: ValueKind<string> = {
  takes: "up to 40 lower-case letters, digits and _, not beginning with a digit or pg_",
  parse: (value) => (/^(?!pg_)[a-z_][a-z0-9_]{0,39}$/.test(value) ? ok(value) : err("malformed")),
};

/** Where state is kept. */
export const storageSettings = {
  databaseUrl: setting(databaseUrl, {
    name: "DATABASE_URL",
    fallback: "none: SQLite files in DATA_PATH",
    isSecret: true,
    hasFlag: false,
    doc:
      "PostgreSQL 13 or newer, for everything that is kept. The driver's parameters pass (`sslmode=verify-full`, `sslrootcert`, …; `sslmode=require` checks the certificate, too). A missing " +
      "database is made where the role may, else the start says which line makes it; a server that can not be reached is tried for 60 s. AUTH_ENCRYPTION_SECRET has to be set then. " +
      "One gateway at a time works on a schema.",
  }),
  databaseSchema: setting(schemaName, {
    name: "DATABASE_SCHEMA",
    fallback: "made of EXTERNAL_URL",
    doc: "The beginning of this deployment's schema names, one for each service below it (`<schema>_auth`). Deployments that share a database have different ones.",
  }),
  tokenStore: setting(oneOf(["sqlite", "memory", "postgresql", "redis"]), {
    name: "TOKEN_STORE",
    aliases: ["AUTH_TOKEN_STORE"],
    fallback: "postgresql with DATABASE_URL, else sqlite",
    doc:
      "Where people's tokens at their providers are kept, encrypted: `postgresql` (DATABASE_URL), `redis` (REDIS_URL; needs `maxmemory-policy noeviction`), `sqlite` (files in DATA_PATH), or `memory`, which keeps everything " +
      "there: gone with the process, and everyone signs in again.",
  }),
  cacheStore: setting(oneOf(["memory", "redis"]), {
    name: "CACHE_STORE",
    fallback: "memory",
    doc: "Where rate limits, caches and the directory of sessions are: `memory` or `redis` (REDIS_URL). Losing it costs speed and counts, never safety.",
  }),
  redisUrl: setting(redisUrl, {
    name: "REDIS_URL",
    fallback: "–",
    isSecret: true,
    hasFlag: false,
    doc: "Redis 7 or newer, for TOKEN_STORE=redis and CACHE_STORE=redis. Deployments may share one: keys begin with the name of the schema.",
  }),
} as const;
