import type { Decider, DomainEvent, StoredEvent } from "@mcp-auth-proxy/event-store";

/** Whether a stored event is one of this decider's. The store has checked already that its schema is the known one. */
export const isEventOf = <State, Command, Event extends DomainEvent, Rejection>(
  decider: Decider<State, Command, Event, Rejection>,
  event: StoredEvent,
): event is StoredEvent<Event> & Event => Object.hasOwn(decider.eventTypes, event.type);
