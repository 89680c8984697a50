import { AppError } from "@mcp-auth-proxy/contracts";
import type { Kysely } from "kysely";
import { canonicalJson } from "../canonical-json.ts";
import { ConcurrencyError } from "../concurrency-error.ts";
import type { EventStore } from "../port.ts";
import type { LogTables } from "./tables.ts";

const maxOutcomeBytes = 65_536;
const sweepSize = 100;

/** The caller's type: a command id belongs to one command, whose outcome always has this shape. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters, typescript/no-unsafe-type-assertion
const decode = <T>(text: string | null): T => (text === null ? undefined : JSON.parse(text)) as T;

/** The outcome of an earlier command with this id, if there was one. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export const recallOutcome = async <T>(sql: Kysely<LogTables>, commandId: string, name: string): Promise<{ readonly outcome: T } | undefined> => {
  const row = await sql.selectFrom("es_commands").select(["name", "outcome"]).where("command_id", "=", commandId).executeTakeFirst();
  if (row === undefined) return undefined;
  if (row.name !== name) throw new AppError("bad_request", `command ${commandId} was ${row.name} before and is ${name} now`);
  return { outcome: decode<T>(row.outcome) };
};

/** A few at a time, so that no command pays for a long silence. */
const sweep = async (sql: Kysely<LogTables>, now: number): Promise<void> => {
  await sql
    .deleteFrom("es_commands")
    .where("command_id", "in", (eb) =>
      eb.selectFrom("es_commands").select("command_id").where("expires_at", "<=", now).orderBy("expires_at").limit(sweepSize),
    )
    .execute();
};

/** Forgets outcomes that have expired, where no command comes to do it. */
export const sweepOutcomes = (store: EventStore, now: number): Promise<void> => store.transact(({ sql }) => sweep(sql, now));

/** Keeps the outcome and answers it as a repeat will get it; sweeps what has expired. */
export const rememberOutcome = async <T>(
  sql: Kysely<LogTables>,
  command: { readonly commandId: string; readonly name: string; readonly at: number; readonly expiresAt: number },
  outcome: T,
): Promise<T> => {
  const text = outcome === undefined ? null : canonicalJson(outcome, `outcome of ${command.name}`, maxOutcomeBytes);
  await sweep(sql, command.at);
  const kept = await sql
    .insertInto("es_commands")
    .values({ command_id: command.commandId, name: command.name, outcome: text, at: command.at, expires_at: command.expiresAt })
    .onConflict((conflict) => conflict.column("command_id").doNothing())
    .returning("command_id")
    .executeTakeFirst();
  // The same command is running elsewhere and was first: running again finds its outcome.
  if (kept === undefined) throw new ConcurrencyError(`command ${command.commandId} was handled at the same time`);
  return decode<T>(text);
};
