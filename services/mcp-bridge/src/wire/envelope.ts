import { isUtf8 } from "node:buffer";
import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { foldedName } from "./folded-name.ts";
import type { JsonRpcId } from "./json-rpc.ts";
import { JsonScanError, JsonScanner } from "./json-scan.ts";
import { versionMetaKey } from "./revisions.ts";

/** What the relay knows of a message; the rest stays the bytes that came. */
export type Envelope =
  | {
      readonly kind: "request";
      readonly id: JsonRpcId;
      readonly method: string;
      /** Names the request in progress notifications about it. */
      readonly progressToken: JsonRpcId | undefined;
      /** Present in requests of a stateless revision only. */
      readonly statedVersion: string | undefined;
    }
  | {
      readonly kind: "notification";
      readonly method: string;
      /** Of `notifications/progress`. */
      readonly progressToken: JsonRpcId | undefined;
      /** Of `notifications/cancelled`. */
      readonly cancels: JsonRpcId | undefined;
      readonly statedVersion: string | undefined;
    }
  | { readonly kind: "response"; readonly id: JsonRpcId; readonly failed: boolean };

export type EnvelopeFault =
  /** Not one JSON text in UTF-8. */
  | { readonly reason: "malformed" }
  /** JSON, but not one JSON-RPC message that MCP allows. The id is kept where there is one. */
  | { readonly reason: "invalid"; readonly id: JsonRpcId | undefined }
  | { readonly reason: "batch" };

interface Members {
  readonly seen: Set<string>;
  jsonrpc?: unknown;
  id?: unknown;
  method?: unknown;
  /** `params._meta.progressToken`: a request asks for progress under it. */
  askedToken?: unknown;
  /** `params.progressToken`: a progress notification names the request by it. */
  progressToken?: unknown;
  requestId?: unknown;
  statedVersion?: unknown;
}

/** Every one of these twice, or in another case, would let us and the child read different messages. */
const envelopeKeys: ReadonlySet<string> = new Set(["jsonrpc", "id", "method", "params", "result", "error"]);

/** Reads one message strictly, and only its envelope. */
export const readEnvelope = (bytes: Buffer): Result<Envelope, EnvelopeFault> => {
  if (!isUtf8(bytes)) return err({ reason: "malformed" });
  const scanner = new JsonScanner(bytes);
  const members: Members = { seen: new Set() };
  try {
    if (!scanner.isObject()) {
      const batch = scanner.isArray();
      scanner.skip();
      scanner.end();
      return err(batch ? { reason: "batch" } : { reason: "invalid", id: undefined });
    }
    const unique = readMembers(scanner, members);
    scanner.end();
    return unique ? envelopeOf(members) : err({ reason: "invalid", id: undefined });
  } catch (fault) {
    if (fault instanceof JsonScanError) return err({ reason: "malformed" });
    throw fault;
  }
};

const readMembers = (scanner: JsonScanner, members: Members): boolean => {
  let unique = true;
  scanner.object((key) => {
    if (envelopeKeys.has(key)) {
      if (members.seen.has(key)) unique = false;
      members.seen.add(key);
    } else if (envelopeKeys.has(foldedName(key))) unique = false;
    if (key === "params" && scanner.isObject()) readParams(scanner, members);
    else if (key === "jsonrpc" || key === "id" || key === "method") members[key] = scanner.scalar();
    else scanner.skip();
  });
  return unique;
};

const readParams = (scanner: JsonScanner, members: Members): void => {
  scanner.object((key) => {
    if (key === "_meta" && scanner.isObject()) readMeta(scanner, members);
    else if (key === "progressToken" || key === "requestId") members[key] = scanner.scalar();
    else scanner.skip();
  });
};

const readMeta = (scanner: JsonScanner, members: Members): void => {
  scanner.object((key) => {
    if (key === "progressToken") members.askedToken = scanner.scalar();
    else if (key === versionMetaKey) members.statedVersion = scanner.scalar() ?? "";
    else scanner.skip();
  });
};

const asId = (value: unknown): JsonRpcId | undefined =>
  typeof value === "string" || (typeof value === "number" && Number.isFinite(value)) ? value : undefined;

const asText = (value: unknown): string => (typeof value === "string" ? value : "");

const envelopeOf = (members: Members): Result<Envelope, EnvelopeFault> => {
  const { seen, method } = members;
  const id = asId(members.id);
  const invalid = err({ reason: "invalid", id } as const);
  if (members.jsonrpc !== "2.0" || (seen.has("id") && id === undefined)) return invalid;
  if (seen.has("method")) {
    if (typeof method !== "string" || seen.has("result") || seen.has("error")) return invalid;
    const statedVersion = members.statedVersion === undefined ? undefined : asText(members.statedVersion);
    if (id !== undefined) return ok({ kind: "request", id, method, progressToken: asId(members.askedToken), statedVersion });
    return ok({ kind: "notification", method, progressToken: asId(members.progressToken), cancels: asId(members.requestId), statedVersion });
  }
  if (id === undefined || seen.has("result") === seen.has("error")) return invalid;
  return ok({ kind: "response", id, failed: seen.has("error") });
};
