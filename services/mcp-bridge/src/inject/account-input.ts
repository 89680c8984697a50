import { type Edit, type JsonDocument, kindAt, textAt } from "../wire/json-document.ts";
import { JsonScanner } from "../wire/json-scan.ts";
import { memberOf } from "../wire/members.ts";
import { metaKeys, multiRoundMethods } from "../wire/rev-2026-07-28/names.ts";
import type { ModernRequest } from "../wire/rev-2026-07-28/request.ts";
import { accountInput } from "./account-page.ts";

/** Whether its client can be asked to open the account page: once, because what did not help then will not help now. */
export const mayAskForAccount = ({ method, document }: ModernRequest): boolean => {
  if (!multiRoundMethods.has(method) || accountInputEdits(document).length > 0) return false;
  const capabilities = document.meta.get(metaKeys.clientCapabilities);
  const elicitation = capabilities === undefined ? undefined : memberOf(Buffer.from(textAt(document, capabilities)), "elicitation");
  return elicitation !== undefined && memberOf(elicitation, "url") !== undefined;
};

/** Takes the answer to what the gateway asked out of a request: its server never asked that. */
export const accountInputEdits = (document: JsonDocument): readonly Edit[] => {
  const at = document.body.get("inputResponses");
  if (at === undefined || kindAt(document, at) !== "object") return [];
  const kept: string[] = [];
  let ours = false;
  const scanner = new JsonScanner(document.bytes, at.start);
  scanner.object((name) => {
    const slice = scanner.skip();
    if (name === accountInput) ours = true;
    else kept.push(`${JSON.stringify(name)}:${textAt(document, slice)}`);
  });
  return ours ? [{ at, text: `{${kept.join(",")}}` }] : [];
};
