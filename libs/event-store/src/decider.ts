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
  readonly initialState: State;
  decide(command: Command, state: State): Result<readonly Event[], Rejection>;
  evolve(state: State, event: Event): State;
  /** For example `grant-<id>`. */
  streamId(id: string): string;
}
