import type { ToolPolicy, Uncalled } from "../guard/policy.ts";
import { type Envelope, readEnvelope } from "../wire/envelope.ts";
import { errorMessage, type IdKey, idKey, type JsonRpcError, jsonRpcCodes } from "../wire/json-rpc.ts";
import { relayErrors } from "./relay-errors.ts";
import type { Upstream, UpstreamListener } from "./upstream.ts";

/**
 * Puts the operator's word on tools between a session and its server. Every message of every transport of the session
 * era comes through here, so there is no verb and no way in that it would not hold for.
 */
export const policed =
  (policy: ToolPolicy, start: (listener: UpstreamListener) => Upstream) =>
  (listener: UpstreamListener): Upstream => {
    /** Requests for the list of tools that the server has not answered. */
    const listing = new Set<IdKey>();

    const heard = (line: Buffer): void => {
      const read = listing.size === 0 && !policy.restricts ? undefined : readEnvelope(line);
      const answer = read?.ok === true && read.value.kind === "response" ? read.value : undefined;
      const listed = answer !== undefined && listing.delete(idKey(answer.id));
      // Under a rule a list is known by what it is: a client that cancels, and uses the id again, would get it as another answer.
      if (answer === undefined || !(listed || policy.restricts)) listener.line(line);
      else listener.line(policy.list(line, "session") ?? errorMessage(answer.id, relayErrors.badList));
    };

    const upstream = start({
      line: heard,
      interrupted: (end) => {
        listing.clear();
        listener.interrupted(end);
      },
      ended: listener.ended,
    });

    return {
      send: (line, envelope) => {
        if (envelope.kind === "response") return upstream.send(line, envelope);
        if (envelope.kind === "notification" && envelope.method === "notifications/cancelled" && envelope.cancels !== undefined) listing.delete(idKey(envelope.cancels));
        if (envelope.method === "tools/call") {
          const allowed = policy.call(line);
          if (allowed.ok) return upstream.send(allowed.value, envelope);
          // Not before the caller of `send` has written down what it waits for.
          if (envelope.kind === "request") queueMicrotask(() => listener.line(refusal(envelope, allowed.error)));
          return true;
        }
        if (!upstream.send(line, envelope)) return false;
        if (envelope.kind === "request" && envelope.method === "tools/list") listing.add(idKey(envelope.id));
        return true;
      },
      pause: () => upstream.pause(),
      resume: () => upstream.resume(),
      sweep: (now, busy) => upstream.sweep(now, busy),
      end: () => upstream.end(),
    };
  };

const refusal = ({ id }: Extract<Envelope, { kind: "request" }>, reason: Uncalled): Buffer => errorMessage(id, refusals[reason]);

const refusals: Readonly<Record<Uncalled, JsonRpcError>> = {
  ambiguous: { code: jsonRpcCodes.invalidRequest, message: "A member of the message is there twice, or there are too many of them." },
  unknown_tool: { code: jsonRpcCodes.invalidParams, message: "Unknown tool." },
};
