import { expect } from "vitest";
import { canonicalJson } from "../canonical-json.ts";
import type { Decider } from "../decider.ts";
import type { DomainEvent } from "../port.ts";

export interface Outcome<Event extends DomainEvent> {
  /** Exactly these events, in this order; none: nothing to do. */
  then(events: readonly Event[]): void;
  /** Rejected with this reason. A matcher does too, for example `expect.objectContaining({ code: "refused" })`. */
  thenRejected(reason: unknown): void;
}

/** Tests a decider as a table of rules: what happened, what is asked, what follows. */
export const given = <State, Command, Event extends DomainEvent, Rejection>(
  decider: Decider<State, Command, Event, Rejection>,
  events: readonly Event[],
): { when(command: Command): Outcome<Event> } => ({
  when: (command) => {
    const state = events.reduce((current, event) => decider.evolve(current, event), decider.initialState);
    const decision = decider.decide(command, state);
    expect(JSON.parse(canonicalJson(state, "state", Number.POSITIVE_INFINITY)), "a snapshot keeps the state as JSON").toEqual(state);
    return {
      // oxlint-disable-next-line unicorn/no-thenable -- given, when, then: nobody awaits this
      then: (expected) => {
        expect(decision).toEqual({ ok: true, value: expected });
        const types = decision.ok ? decision.value.map((event) => event.type) : [];
        expect(Object.keys(decider.eventTypes), "an event that the decider does not list can not be stored").toEqual(expect.arrayContaining(types));
      },
      thenRejected: (reason) => expect(decision).toEqual({ ok: false, error: reason }),
    };
  },
});
