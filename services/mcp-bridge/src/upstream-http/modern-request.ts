import { accountInput } from "../inject/account-page.ts";
import { type Edit, type JsonDocument, kindAt, textAt, withEdits } from "../wire/json-document.ts";
import { JsonScanner } from "../wire/json-scan.ts";
import { isForbiddenToClients } from "../wire/rev-2026-07-28/names.ts";
import type { ModernRequest } from "../wire/rev-2026-07-28/request.ts";

/**
 * A client's request as a server behind an address gets it: the server's own `requestState`, nothing in `_meta` that is
 * the protocol's and no client's to say, and no answer to what the gateway asked.
 */
export const forwardedRequest = ({ document, requestState }: ModernRequest, state: string | undefined): Buffer => {
  const edits: Edit[] = [];
  if (requestState !== undefined && state !== undefined) edits.push({ at: requestState.at, text: JSON.stringify(state) });
  if (document.metaAt !== undefined && [...document.meta.keys()].some(isForbiddenToClients)) {
    const kept = [...document.meta].filter(([name]) => !isForbiddenToClients(name));
    edits.push({ at: document.metaAt, text: `{${kept.map(([name, at]) => `${JSON.stringify(name)}:${textAt(document, at)}`).join(",")}}` });
  }
  const responses = document.body.get("inputResponses");
  if (responses !== undefined && kindAt(document, responses) === "object") {
    const others = othersThanOurs(document, responses.start);
    if (others !== undefined) edits.push({ at: responses, text: others });
  }
  return withEdits(document.bytes, edits);
};

/** Undefined where ours is not among them. */
const othersThanOurs = ({ bytes }: JsonDocument, start: number): string | undefined => {
  const kept: string[] = [];
  let ours = false;
  const scanner = new JsonScanner(bytes, start);
  scanner.object((name) => {
    const slice = scanner.skip();
    if (name === accountInput) ours = true;
    else kept.push(`${JSON.stringify(name)}:${textAt({ bytes }, slice)}`);
  });
  return ours ? `{${kept.join(",")}}` : undefined;
};
