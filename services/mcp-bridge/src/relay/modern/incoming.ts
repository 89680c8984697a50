import { type Edit, type JsonDocument, scalarAt, stringAt, withEdits } from "../../wire/json-document.ts";
import type { JsonSlice } from "../../wire/json-scan.ts";
import { metaKeys } from "../../wire/rev-2026-07-28/names.ts";
import type { PendingRequest } from "./pending.ts";

/** What a server wrote, by what is done with it. */
export type Incoming =
  | { readonly kind: "answer"; readonly number: unknown; readonly errorCode: number | undefined; readonly inputRequired: boolean }
  | { readonly kind: "request"; readonly idAt: JsonSlice }
  | { readonly kind: "progress"; readonly number: unknown }
  | { readonly kind: "log" }
  /** On a subscription's stream. */
  | { readonly kind: "subscribed"; readonly number: unknown; readonly method: string }
  | { readonly kind: "cancelled"; readonly number: unknown }
  | { readonly kind: "other"; readonly method: string };

export const classifyIncoming = (document: JsonDocument): Incoming => {
  const { top, body, meta } = document;
  const method = stringAt(document, top.get("method"));
  const idAt = top.get("id");
  if (method === undefined) {
    const code = top.has("error") ? scalarAt(document, body.get("code")) : undefined;
    return {
      kind: "answer",
      number: scalarAt(document, idAt),
      errorCode: top.has("error") ? (typeof code === "number" ? code : 0) : undefined,
      inputRequired: top.has("result") && stringAt(document, body.get("resultType")) === "input_required",
    };
  }
  if (idAt !== undefined) return { kind: "request", idAt };
  if (method === "notifications/progress") return { kind: "progress", number: scalarAt(document, body.get("progressToken")) };
  if (method === "notifications/message") return { kind: "log" };
  if (method === "notifications/cancelled") return { kind: "cancelled", number: scalarAt(document, body.get("requestId")) };
  const subscriptionAt = meta.get(metaKeys.subscriptionId);
  return subscriptionAt === undefined ? { kind: "other", method } : { kind: "subscribed", number: scalarAt(document, subscriptionAt), method };
};

/** An answer as its client gets it; `edits` are what else has to change in it. */
export const answerFor = (document: JsonDocument, { idText }: PendingRequest, edits: readonly Edit[] = []): Buffer =>
  withEdits(document.bytes, [...at(document.top.get("id"), idText), ...at(document.meta.get(metaKeys.subscriptionId), idText), ...edits]);

export const progressFor = (document: JsonDocument, { tokenText = "" }: PendingRequest): Buffer =>
  withEdits(document.bytes, at(document.body.get("progressToken"), tokenText));

export const subscribedFor = (document: JsonDocument, { idText }: PendingRequest): Buffer =>
  withEdits(document.bytes, at(document.meta.get(metaKeys.subscriptionId), idText));

/** The end of a subscription that nothing went wrong with (MCP 2026-07-28, subscriptions). */
export const subscriptionEnd = ({ idText }: PendingRequest): Buffer =>
  Buffer.from(`{"jsonrpc":"2.0","id":${idText},"result":{"resultType":"complete","_meta":{${JSON.stringify(metaKeys.subscriptionId)}:${idText}}}}`);

const at = (place: JsonSlice | undefined, text: string): Edit[] => (place === undefined ? [] : [{ at: place, text }]);
