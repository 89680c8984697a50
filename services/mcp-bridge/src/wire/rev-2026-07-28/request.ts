import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { type JsonDocument, kindAt, readDocument, scalarAt, stringAt } from "../json-document.ts";
import type { JsonSlice } from "../json-scan.ts";
import type { JsonRpcId } from "../json-rpc.ts";
import { type ModernError, modernErrors } from "./errors.ts";
import { logLevels, metaKeys, multiRoundMethods, namedBy } from "./names.ts";

/** One request of revision 2026-07-28: what the gateway reads of it, and where that is in its bytes. */
export interface ModernRequest {
  readonly document: JsonDocument;
  readonly id: JsonRpcId;
  readonly method: string;
  /** The revision it names, spoken here or not. */
  readonly version: string;
  /** Of a method that acts on one thing: its name, as the body has it. */
  readonly name: string | undefined;
  readonly progressTokenAt: JsonSlice | undefined;
  readonly wantsLog: boolean;
  readonly requestState: { readonly value: string; readonly at: JsonSlice } | undefined;
}

/** Of a request, its `params` and their `_meta` together: each is remembered to find those that are there twice. */
const maxMembers = 10_000;

/** Reads a request whose envelope is known to be one. */
export const readModernRequest = (bytes: Buffer, id: JsonRpcId, method: string): Result<ModernRequest, ModernError> => {
  const read = readDocument(bytes, maxMembers);
  // It is JSON, as its envelope was read before.
  if (!read.ok) return err(modernErrors.tooManyMembers);
  if (!read.value.unique) return err(modernErrors.duplicateMember);
  const document = read.value;
  const { body, meta } = document;

  const version = stringAt(document, meta.get(metaKeys.protocolVersion));
  const capabilitiesAt = meta.get(metaKeys.clientCapabilities);
  if (version === undefined || capabilitiesAt === undefined || kindAt(document, capabilitiesAt) !== "object") return err(modernErrors.metaMissing);
  const clientAt = meta.get(metaKeys.clientInfo);
  if (clientAt !== undefined && kindAt(document, clientAt) !== "object") return err(modernErrors.clientInfoInvalid);
  const logLevelAt = meta.get(metaKeys.logLevel);
  if (logLevelAt !== undefined && !logLevels.has(stringAt(document, logLevelAt) ?? "")) return err(modernErrors.logLevelInvalid);

  const stateAt = multiRoundMethods.has(method) ? body.get("requestState") : undefined;
  const state = stringAt(document, stateAt);
  // Anything that is no text can not be one of ours: refused like a forged one, never passed on.
  if (stateAt !== undefined && state === undefined) return err(modernErrors.stateRefused);

  const tokenAt = meta.get("progressToken");
  const token = scalarAt(document, tokenAt);
  return ok({
    document,
    id,
    method,
    version,
    name: stringAt(document, body.get(namedBy.get(method) ?? "")),
    progressTokenAt: typeof token === "string" || typeof token === "number" ? tokenAt : undefined,
    wantsLog: logLevelAt !== undefined,
    requestState: stateAt === undefined || state === undefined ? undefined : { value: state, at: stateAt },
  });
};
