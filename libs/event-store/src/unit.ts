import { AppError, type EventMeta, ok, type Result } from "@mcp-auth-proxy/contracts";
import type { Decider } from "./decider.ts";
import { deciderVersion } from "./decider-version.ts";
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
  /** The clock that everyone who works on this database shares, epoch ms: the one that claims run by. */
  databaseTime(): Promise<number>;
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

/** Events between two snapshots of a stream: how many a load reads at most, and the one at the snapshot. */
const snapshotEvery = 100;

interface Seen extends Loaded<unknown> {
  /** The version of the snapshot it came from; 0 when it was read from the start. */
  readonly snapshotAt: number;
}

type Rules<State, Event extends DomainEvent> = Pick<Decider<State, never, Event>, "name" | "eventTypes" | "initialState" | "stateVersion" | "evolve">;

/** Where to go on from, and what came since. A snapshot counts only with the very event it was taken at, and the rules of now. */
const resume = async (transaction: Transaction, decider: string, streamId: string) => {
  const snapshot = await transaction.readSnapshot(streamId);
  if (snapshot === undefined || snapshot.decider !== decider) return undefined;
  const [at, ...events] = await transaction.read(streamId, snapshot.version);
  return at?.id === snapshot.eventId && at.streamVersion === snapshot.version ? { snapshot, events } : undefined;
};

const read = async <State, Event extends DomainEvent>(transaction: Transaction, decider: Rules<State, Event>, streamId: string): Promise<Loaded<State> & Seen> => {
  const resumed = await resume(transaction, deciderVersion(decider), streamId);
  const events = asEventsOf<Event>(decider, resumed?.events ?? (await transaction.read(streamId)));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by these very rules
  const from = resumed === undefined ? decider.initialState : (resumed.snapshot.state as State);
  const snapshotAt = resumed?.snapshot.version ?? 0;
  return { state: events.reduce((state, event) => decider.evolve(state, event), from), version: events.at(-1)?.streamVersion ?? snapshotAt, snapshotAt };
};

export const createUnit = (transaction: Transaction, meta: EventMeta, now: number, appended?: (events: readonly StoredEvent[]) => void): Unit => {
  // What was decided on is what is appended to: a stream that moves between two looks of one command is a conflict.
  const seen = new Map<string, Seen>();

  const look = async <State, Event extends DomainEvent>(decider: Rules<State, Event>, streamId: string): Promise<Loaded<State> & Seen> => {
    const before = seen.get(streamId);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a stream id belongs to one decider
    if (before !== undefined) return before as Loaded<State> & Seen;
    const found = await read(transaction, decider, streamId);
    seen.set(streamId, found);
    return found;
  };

  const load: Unit["load"] = async (decider, id) => {
    const { state, version } = await look(decider, decider.streamId(id));
    return { state, version };
  };

  const execute: Unit["execute"] = async <State, Command, Event extends DomainEvent, Rejection>(
    decider: Decider<State, Command, Event, Rejection>,
    id: string,
    command: Command,
  ): Promise<Result<Executed<State, Event>, Rejection>> => {
    const streamId = decider.streamId(id);
    const before = await look(decider, streamId);
    const decision = decider.decide(command, before.state);
    if (!decision.ok) return decision;
    if (decision.value.length === 0) return ok({ state: before.state, events: [] });
    const events = asEventsOf<Event>(decider, await transaction.append(streamId, before.version, decision.value, { meta, at: now }));
    appended?.(events);
    const state = events.reduce((current, event) => decider.evolve(current, event), before.state);
    const version = before.version + events.length;
    const eventId = events.at(-1)?.id;
    const due = eventId !== undefined && version - before.snapshotAt >= snapshotEvery;
    if (due) await transaction.writeSnapshot(streamId, { version, eventId, decider: deciderVersion(decider), state });
    seen.set(streamId, { state, version, snapshotAt: due ? version : before.snapshotAt });
    return ok({ state, events });
  };

  return { sql: transaction.sql, now, databaseTime: () => transaction.databaseTime(), load, execute };
};
