import type { StoredEvent } from "@mcp-auth-proxy/event-store";
import { attemptDecider } from "../domain/attempt.ts";
import type { AttemptEvent } from "../domain/attempt-events.ts";

/** Whether a stored event is one of ours. The store has checked already that its schema is the known one. */
export const isAttemptEvent = (event: StoredEvent): event is StoredEvent<AttemptEvent> & AttemptEvent => Object.hasOwn(attemptDecider.eventTypes, event.type);
