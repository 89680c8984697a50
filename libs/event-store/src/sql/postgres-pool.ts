// oxlint-disable-next-line typescript/triple-slash-reference -- whoever imports this package needs the types, too
/// <reference path="./pg.d.ts" />
import { AppError } from "@mcp-auth-proxy/contracts";
import type { Secret } from "@mcp-auth-proxy/crypto";
import type { PostgresPool, PostgresPoolClient } from "kysely";
import { Pool, type PoolClient, type QueryResult } from "pg";
import { errorCodeOf } from "./postgres-error.ts";
import { numbersAsNumbers } from "./postgres-numbers.ts";

const connectTimeoutMs = 5_000;
const idleConnectionMs = 30_000;

/** Connections that are told `greeting` before their first use, and given up when the server does not answer on them. */
export interface LimitedPool extends PostgresPool {
  /** How long an answer may take, from now on. The server has limits of its own; this is for one that is gone. */
  limitAnswers(ms: number): void;
}

const unanswered = (ms: number): AppError => new AppError("unavailable", `PostgreSQL has not answered for ${ms} ms`);

const within = async <T>(ms: number, answer: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(unanswered(ms)), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
};

/** What the server itself says has a code of five characters; all else says that the connection is of no use any more. */
const isAnswer = (error: unknown): boolean => /^(?!57P0)[0-9A-Z]{5}$/.test(errorCodeOf(error) ?? "");

/** The server has done it when the connection went; were it an error, Kysely would keep the connection for ever. */
const rolledBack: QueryResult = { command: "SELECT", rowCount: 0, rows: [] };

export const createPool = (options: {
  readonly url: Secret<string>;
  readonly name: string;
  readonly max: number;
  readonly greeting: string;
  readonly answerWithinMs: number;
  readonly onLost: (message: string) => void;
}): LimitedPool => {
  const { url, name, max, greeting, onLost } = options;
  const pool = new Pool({
    connectionString: url.reveal(),
    application_name: name,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: idleConnectionMs,
    keepAlive: true,
    max,
    types: numbersAsNumbers(),
  });
  let limitMs = options.answerWithinMs;
  // An `error` that nobody listens to ends the process; whoever uses the connection hears of it by a failing statement.
  pool.on("connect", (client) => client.on("error", (error) => onLost(error.message)));
  pool.on("error", (error) => onLost(error.message));

  let ended: Promise<void> | undefined;
  /** One for each connection: Kysely knows connections by identity. */
  const known = new WeakMap<PoolClient, PostgresPoolClient>();

  const wrap = (client: PoolClient): PostgresPoolClient => {
    let broken = false;
    const query = async (sql: string, parameters: readonly unknown[]): Promise<QueryResult> => {
      if (broken && sql === "rollback") return rolledBack;
      if (broken) throw new AppError("unavailable", "the connection to PostgreSQL was lost");
      try {
        return await within(limitMs, client.query(sql, parameters));
      } catch (error) {
        broken = !isAnswer(error);
        throw error;
      }
    };
    return {
      ...(client.processID === undefined ? {} : { processID: client.processID }),
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- cursors are not used here
      query: query as PostgresPoolClient["query"],
      release: () => client.release(broken),
    };
  };

  return {
    options: {},
    limitAnswers: (ms) => {
      limitMs = ms;
    },
    connect: async () => {
      const client = await pool.connect();
      const before = known.get(client);
      if (before !== undefined) return before;
      const wrapped = wrap(client);
      try {
        await wrapped.query(greeting, []);
      } catch (error) {
        client.release(true);
        throw error;
      }
      known.set(client, wrapped);
      return wrapped;
    },
    end: () => (ended ??= pool.end()),
  };
};
