import { accountInputEdits } from "../inject/account-input.ts";
import { type Edit, textAt, withEdits } from "../wire/json-document.ts";
import { isForbiddenToClients } from "../wire/rev-2026-07-28/names.ts";
import type { ModernRequest } from "../wire/rev-2026-07-28/request.ts";

/**
 * A client's request as a server behind an address gets it: the server's own `requestState`, nothing in `_meta` that is
 * the protocol's and no client's to say, and no answer to what the gateway asked.
 */
export const forwardedRequest = ({ document, requestState }: ModernRequest, state: string | undefined): Buffer => {
  const edits: Edit[] = [...accountInputEdits(document)];
  if (requestState !== undefined && state !== undefined) edits.push({ at: requestState.at, text: JSON.stringify(state) });
  if (document.metaAt !== undefined && [...document.meta.keys()].some(isForbiddenToClients)) {
    const kept = [...document.meta].filter(([name]) => !isForbiddenToClients(name));
    edits.push({ at: document.metaAt, text: `{${kept.map(([name, at]) => `${JSON.stringify(name)}:${textAt(document, at)}`).join(",")}}` });
  }
  return withEdits(document.bytes, edits);
};
