import { AppError, type EventMeta, ok, type Result } from "@mcp-auth-proxy/contracts";
import type { Decider } from "./decider.ts";
import type { DomainEvent, Sql, StoredEvent, Transaction } from "./port.ts";

export interface Loaded<State> {
  readonly state: State;
  /** 0 when there is no such stream. */
  readonly version: number;
}

export interface Executed<State, Event extends DomainEvent> {
  readonly state: State;
  /** What was appended; empty when there was nothing to do. */
  readonly events: readonly StoredEvent<Event>[];
}

/** What a command may do: read streams, decide and append, and change the service's own rows, in one transaction. */
export interface Unit {
  readonly sql: Sql;
  /** The time of this attempt, and of every event it appends. */
  readonly now: number;
  load<State, Command, Event extends DomainEvent, Rejection>(
    decider: Decider<State, Command, Event, Rejection>,
    id: string,
  ): Promise<Loaded<State>>;
  /** Load, decide, append. A rejection is answered and nothing is appended; throw to take back what came before. */
  execute<State, Command, Event extends DomainEvent, Rejection>(
    decider: Decider<State, Command, Event, Rejection>,
    id: string,
    command: Command,
  ): Promise<Result<Executed<State, Event>, Rejection>>;
}

/** The one place where a stored event becomes one of the decider's: by its type, which must be in the decider's table. */
const asEventsOf = <Event extends DomainEvent>(
  decider: { readonly name: string; readonly eventTypes: Readonly<Record<Event["type"], number>> },
  events: readonly StoredEvent[],
): readonly (StoredEvent<Event> & Event)[] => {
  const foreign = events.find((event) => !Object.hasOwn(decider.eventTypes, event.type));
  if (foreign !== undefined) throw new AppError("refused", `${foreign.streamId} holds ${foreign.type}, which ${decider.name} does not know`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the types were checked above; the shapes by schema when read
  return events as readonly (StoredEvent<Event> & Event)[];
};

export const createUnit = (transaction: Transaction, meta: EventMeta, now: number): Unit => {
  // What was decided on is what is appended to: a stream that moves between two looks of one command is a conflict.
  const seen = new Map<string, Loaded<unknown>>();

  const load: Unit["load"] = async <State, Command, Event extends DomainEvent, Rejection>(
    decider: Decider<State, Command, Event, Rejection>,
    id: string,
  ): Promise<Loaded<State>> => {
    const streamId = decider.streamId(id);
    const before = seen.get(streamId);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a stream id belongs to one decider
    if (before !== undefined) return before as Loaded<State>;
    const events = asEventsOf<Event>(decider, await transaction.read(streamId));
    const loaded = { state: events.reduce((state, event) => decider.evolve(state, event), decider.initialState), version: events.at(-1)?.streamVersion ?? 0 };
    seen.set(streamId, loaded);
    return loaded;
  };

  const execute: Unit["execute"] = async <State, Command, Event extends DomainEvent, Rejection>(
    decider: Decider<State, Command, Event, Rejection>,
    id: string,
    command: Command,
  ): Promise<Result<Executed<State, Event>, Rejection>> => {
    const streamId = decider.streamId(id);
    const { state, version } = await load(decider, id);
    const decision = decider.decide(command, state);
    if (!decision.ok) return decision;
    if (decision.value.length === 0) return ok({ state, events: [] });
    const events = asEventsOf<Event>(decider, await transaction.append(streamId, version, decision.value, { meta, at: now }));
    const next = events.reduce((current, event) => decider.evolve(current, event), state);
    seen.set(streamId, { state: next, version: version + events.length });
    return ok({ state: next, events });
  };

  return { sql: transaction.sql, now, load, execute };
};
