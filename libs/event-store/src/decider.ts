import type { AppError, Result } from "@mcp-auth-proxy/contracts";
import type { DomainEvent } from "./port.ts";

/**
 * A stream's rules, pure: no await, no clock, no randomness, no I/O; ids and the time come in the command.
 * `evolve` never throws; `decide` answers with events (none: nothing to do) or a reason.
 */
export interface Decider<State, Command, Event extends DomainEvent, Rejection = AppError> {
  readonly name: string;
  /** Every event type this stream may hold, with the version of its shape that is written now. */
  readonly eventTypes: Readonly<Record<Event["type"], number>>;
  /** States are plain JSON: snapshots keep them. */
  readonly initialState: State;
  /**
   * Raised when `State` or `evolve` changes its meaning while the events stay as they are: a snapshot of another
   * version is ignored, and the stream read from its start. 1 where absent.
   */
  readonly stateVersion?: number;
  decide(command: Command, state: State): Result<readonly Event[], Rejection>;
  evolve(state: State, event: Event): State;
  /**
   * Whether this stream has come to its end: nothing is decided on it any more but refusals and late replays.
   * It may then be moved to the archive, where it can still be read and even go on. Absent: never.
   */
  ended?(state: State, now: number): boolean;
  /** For example `grant-<id>`. */
  streamId(id: string): string;
}
