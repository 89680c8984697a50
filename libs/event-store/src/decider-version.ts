import { sha256 } from "@mcp-auth-proxy/crypto";
import { canonicalJson } from "./canonical-json.ts";

const maxBytes = 65_536;

/**
 * Names the rules that made a state. It changes with the events a decider knows, too: a snapshot must not hide
 * from an older version that the stream holds an event it would have refused.
 * Throws AppError `internal` when the initial state is no JSON.
 */
export const deciderVersion = (decider: {
  readonly name: string;
  readonly eventTypes: object;
  readonly initialState: unknown;
  readonly stateVersion?: number;
}): string => {
  const { name, eventTypes, initialState, stateVersion = 1 } = decider;
  const shape = canonicalJson({ eventTypes, initialState }, `decider ${name}`, maxBytes);
  return `${name}/${stateVersion}/${sha256(shape).slice(0, 16)}`;
};
