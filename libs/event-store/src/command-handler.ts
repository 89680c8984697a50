import type { Clock, EventMeta } from "@mcp-auth-proxy/contracts";
import { ConcurrencyError } from "./concurrency-error.ts";
import type { EventStore, Sql, StoredEvent, Transaction } from "./port.ts";
import { recallOutcome, rememberOutcome } from "./sql/outcomes.ts";
import { createUnit, type Unit } from "./unit.ts";

const attempts = 4;
const dayMs = 24 * 60 * 60 * 1_000;

export interface HandledCommand {
  /** From the caller; the same id again is the same command again. */
  readonly commandId?: string;
  readonly name: string;
  readonly meta: EventMeta;
  /** Whether to read and decide again when a stream has moved (default true). */
  readonly retryable?: boolean;
}

export type CommandHandler = <T>(command: HandledCommand, work: (unit: Unit) => Promise<T>) => Promise<T>;

/**
 * Runs `work` in one transaction: everything it appends and writes is kept together, or nothing is when it throws.
 * A stream that moved meanwhile: `work` runs again from the start, at most three times, then AppError `conflict`;
 * so nothing in it may act outside of the transaction.
 * With a `commandId` the outcome (JSON, at most 64 KiB, never a secret: it is kept in clear) is stored in the same
 * transaction and answers a repeat for `rememberForMs` (default one day) without running `work`; a repeat under
 * another command name is AppError `bad_request`.
 */
export const createCommandHandler = (options: {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly rememberForMs?: number;
  /**
   * Told of everything a command has appended, in order, inside its transaction and before it ends: what it writes is kept
   * with the events or not at all, and where it throws, nothing is kept.
   */
  readonly onAppended?: (events: readonly StoredEvent[], sql: Sql) => Promise<void>;
}): CommandHandler => {
  const { store, clock, rememberForMs = dayMs, onAppended } = options;

  const workAndTell = async <T>(command: HandledCommand, transaction: Transaction, now: number, work: (unit: Unit) => Promise<T>): Promise<T> => {
    const appended: StoredEvent[] = [];
    const outcome = await work(createUnit(transaction, command.meta, now, (events) => appended.push(...events)));
    if (appended.length > 0) await onAppended?.(appended, transaction.sql);
    return outcome;
  };

  const attempt = <T>(command: HandledCommand, work: (unit: Unit) => Promise<T>): Promise<T> =>
    store.transact(async (transaction) => {
      const now = clock.now();
      const { commandId, name } = command;
      if (commandId === undefined) return workAndTell(command, transaction, now, work);
      const known = await recallOutcome<T>(transaction.sql, commandId, name);
      if (known !== undefined) return known.outcome;
      return rememberOutcome(transaction.sql, { commandId, name, at: now, expiresAt: now + rememberForMs }, await workAndTell(command, transaction, now, work));
    });

  return async (command, work) => {
    for (let left = command.retryable === false ? 1 : attempts; ; left -= 1) {
      try {
        return await attempt(command, work);
      } catch (error) {
        if (!(error instanceof ConcurrencyError) || left <= 1) throw error;
      }
    }
  };
};
