import { accountInputEdits } from "../../inject/account-input.ts";
import { type Edit, textAt, withEdits } from "../../wire/json-document.ts";
import { toOneLine } from "../../wire/one-line.ts";
import { isForbiddenToClients } from "../../wire/rev-2026-07-28/names.ts";
import type { ModernRequest } from "../../wire/rev-2026-07-28/request.ts";

/**
 * A client's request as its server gets it: many requests share the process, so id and progress token are the
 * gateway's; the server's own `requestState`; and nothing in `_meta` that is the protocol's and no client's to say.
 */
export const outgoingLine = (request: ModernRequest, number: number, requestState: string | undefined): Buffer => {
  const { document, progressTokenAt } = request;
  const edits: Edit[] = [...accountInputEdits(document)];
  const idAt = document.top.get("id");
  if (idAt !== undefined) edits.push({ at: idAt, text: String(number) });
  if (request.requestState !== undefined && requestState !== undefined) edits.push({ at: request.requestState.at, text: JSON.stringify(requestState) });
  const forbidden = [...document.meta.keys()].some(isForbiddenToClients);
  if (forbidden && document.metaAt !== undefined) edits.push({ at: document.metaAt, text: plainMeta(request, number) });
  else if (progressTokenAt !== undefined) edits.push({ at: progressTokenAt, text: String(number) });
  return toOneLine(withEdits(document.bytes, edits));
};

const plainMeta = ({ document, progressTokenAt }: ModernRequest, number: number): string => {
  const kept = [...document.meta].filter(([name]) => !isForbiddenToClients(name));
  return `{${kept.map(([name, at]) => `${JSON.stringify(name)}:${at === progressTokenAt ? number : textAt(document, at)}`).join(",")}}`;
};

export const cancelledLine = (number: number): Buffer =>
  Buffer.from(JSON.stringify({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: number, reason: "The client went away." } }));
