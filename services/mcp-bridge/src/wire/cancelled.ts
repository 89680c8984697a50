import type { Envelope } from "./envelope.ts";
import type { JsonRpcId } from "./json-rpc.ts";

/** A cancellation of our own making, as bytes and as what is known of them. */
export const cancelledMessage = (requestId: JsonRpcId, reason: string): { readonly bytes: Buffer; readonly envelope: Envelope } => {
  const method = "notifications/cancelled";
  return {
    bytes: Buffer.from(JSON.stringify({ jsonrpc: "2.0", method, params: { requestId, reason } })),
    envelope: { kind: "notification", method, progressToken: undefined, cancels: requestId, statedVersion: undefined },
  };
};
