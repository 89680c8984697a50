import { setTimeout as pause } from "node:timers/promises";
import { AppError } from "@mcp-auth-proxy/contracts";
import { Secret } from "@mcp-auth-proxy/crypto";
import { errorCodeOf } from "./postgres-error.ts";
import { createPool } from "./postgres-pool.ts";
import { databasePlace } from "./postgres-place.ts";
import { postgresStatements } from "./postgres-statements.ts";

const retryEveryMs = 1_000;
const answerWithinMs = 10_000;
/** The oldest that is tried with this and that is still kept by its makers, or was until lately. */
const leastVersion = 130_000;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const nameOf = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1));

const ask = async (url: string, statement: string): Promise<readonly unknown[]> => {
  const pool = createPool({ url: Secret.of(url), name: "mcp-auth-proxy start", max: 1, greeting: "select 1", answerWithinMs, onLost: () => undefined });
  try {
    const client = await pool.connect();
    try {
      return (await client.query(statement, [])).rows;
    } finally {
      client.release();
    }
  } finally {
    await pool.end();
  }
};

const duplicate = (error: unknown): boolean => ["42P04", "23505"].includes(errorCodeOf(error) ?? "");

/** Makes it through the database that every server has; says what to do where it may not. */
const create = async (url: string, place: string): Promise<void> => {
  const name = nameOf(url);
  const statement = `CREATE DATABASE ${quoted(name)}`;
  const through = new URL(url);
  through.pathname = "/postgres";
  try {
    await ask(through.href, statement);
  } catch (error) {
    if (duplicate(error)) return;
    if (postgresStatements.unavailable(error)) throw error;
    const owner = decodeURIComponent(through.username);
    const line = `${statement}${owner === "" ? "" : ` OWNER ${quoted(owner)}`};`;
    throw new AppError("refused", `${place} does not exist, and this role may not make it. As one that may, run: ${line}`, error);
  }
};

/** SQLSTATEs that trying again does not mend, and what mends them. */
const refusals: Readonly<Record<string, string>> = {
  "28P01": "refuses the password, or knows no such role",
  "28000": "refuses this role (pg_hba.conf)",
  "42501": "does not let this role connect to the database",
  "3D000": "has no such database",
};

const refusal = (error: unknown, place: string): AppError | undefined => {
  if (error instanceof AppError) return error;
  const why = refusals[errorCodeOf(error) ?? ""];
  if (why !== undefined) return new AppError("refused", `PostgreSQL at ${place} ${why}`, error);
  // ENOENT of a socket means that no server runs; of a file, that a certificate is not where the URL says.
  const isFile = error instanceof Error && "syscall" in error && error.syscall === "open";
  if (!isFile && postgresStatements.unavailable(error)) return undefined;
  // Certificates, TLS that the server does not speak, files that are not there: the driver's sentence says which, and never the URL.
  return new AppError("refused", `PostgreSQL at ${place} can not be used: ${error instanceof Error ? error.message : "unknown error"}`, error);
};

const check = async (url: string, place: string): Promise<void> => {
  const [row] = await ask(url, "select current_setting('server_version_num')::int as version");
  const version = typeof row === "object" && row !== null && "version" in row ? Number(row.version) : 0;
  if (version < leastVersion) throw new AppError("refused", `PostgreSQL at ${place} is older than 13: bring it up to a version that is still kept`);
};

export interface ReachOptions {
  readonly url: Secret<string>;
  readonly limitMs: number;
  /** Told at the first failure and then at each that follows. */
  readonly onWaiting: (why: string, leftMs: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Waits until the database of the URL answers, for at most `limitMs`, and makes it where it is missing and the role may.
 * Rejects with AppError `unavailable` when the time is over, `refused` at once where waiting would not help; both with a
 * sentence for a person, without the password.
 */
export const reachDatabase = async (options: ReachOptions): Promise<void> => {
  const { limitMs, onWaiting, signal } = options;
  const url = options.url.reveal();
  const place = databasePlace(options.url);
  const endAt = performance.now() + limitMs;
  for (;;) {
    try {
      await check(url, place).catch(async (error: unknown) => {
        if (errorCodeOf(error) !== "3D000") throw error;
        await create(url, place);
        await check(url, place);
      });
      return;
    } catch (error) {
      const final = refusal(error, place);
      if (final !== undefined) throw final;
      const why = errorCodeOf(error) ?? "no answer";
      const leftMs = endAt - performance.now();
      if (leftMs <= 0) throw new AppError("unavailable", `PostgreSQL at ${place} can not be reached (${why}), for ${Math.round(limitMs / 1_000)} s now`, error);
      onWaiting(`PostgreSQL at ${place} can not be reached (${why})`, leftMs);
      await pause(Math.min(retryEveryMs, leftMs), undefined, signal === undefined ? {} : { signal });
    }
  }
};
