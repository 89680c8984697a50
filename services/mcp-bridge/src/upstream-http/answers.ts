import type { ToolPolicy } from "../guard/policy.ts";
import { relayErrors } from "../relay/relay-errors.ts";
import type { RequestStates, StateBinding } from "../relay/modern/request-states.ts";
import { readEnvelope } from "../wire/envelope.ts";
import { withCodeChallengeMethods } from "../wire/initialize-result.ts";
import { readDocument, stringAt, withEdits } from "../wire/json-document.ts";
import { errorMessage } from "../wire/json-rpc.ts";
import { multiRoundMethods } from "../wire/rev-2026-07-28/names.ts";

/** What is done with a message of an answer before it goes on; undefined: it does not. */
export type Look = (message: Buffer) => Buffer | undefined;

/**
 * Of a session: the tools that there are for clients, and what `initialize` says besides. Under a rule a list is known
 * by what it is, wherever it comes. Undefined where the bytes that came can go on.
 */
export const sessionLook = (policy: ToolPolicy, method: string | undefined): Look | undefined => {
  const listing = method === "tools/list";
  const opening = method === "initialize";
  if (!policy.restricts && !listing && !opening) return undefined;
  return (message) => {
    const read = readEnvelope(message);
    if (!read.ok) return policy.restricts ? undefined : message;
    if (read.value.kind !== "response") return message;
    if (opening) return read.value.failed ? message : withCodeChallengeMethods(message);
    return policy.list(message, "session") ?? errorMessage(read.value.id, relayErrors.badAnswer);
  };
};

export interface ModernLookOptions {
  readonly policy: ToolPolicy;
  readonly states: RequestStates;
  readonly method: string;
  readonly binding: () => StateBinding;
}

/** Of revision 2026-07-28: the same, and a `requestState` is closed, so that nobody else can carry on with it. */
export const modernLook = ({ policy, states, method, binding }: ModernLookOptions): Look | undefined => {
  const listing = method === "tools/list";
  const rounds = multiRoundMethods.has(method);
  if (!policy.restricts && !listing && !rounds) return undefined;
  return (message) => {
    const read = readDocument(message);
    if (!read.ok) return undefined;
    const { top, body } = read.value;
    // This revision has no requests from servers (MCP 2026-07-28, Streamable HTTP).
    if (top.has("method")) return top.has("id") ? undefined : message;
    if (listing || policy.restricts) {
      const envelope = readEnvelope(message);
      const shown = policy.list(message, "modern");
      if (shown === undefined) return envelope.ok && envelope.value.kind === "response" ? errorMessage(envelope.value.id, relayErrors.badAnswer) : undefined;
      if (!rounds) return shown;
    }
    const at = body.get("requestState");
    const state = top.has("result") && stringAt(read.value, body.get("resultType")) === "input_required" ? stringAt(read.value, at) : undefined;
    return at === undefined || state === undefined ? message : withEdits(message, [{ at, text: JSON.stringify(states.seal(state, binding())) }]);
  };
};
