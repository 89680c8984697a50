import { type Refusal, refusal, refusals } from "../guard/refusal.ts";
import { accountError } from "../inject/account-page.ts";
import type { NoLease } from "../inject/lease.ts";
import { errorMessage, type JsonRpcId, jsonRpcCodes } from "../wire/json-rpc.ts";

/** Why a server behind an address gives no answer that can be passed on. */
export type Trouble =
  | { readonly kind: "unreachable" | "interrupted" | "bad-answer" | "refused" | "busy" | "timed-out" | "session-gone" | "no-stream" }
  | { readonly kind: "account"; readonly reason: NoLease };

/** Who is told, and how. */
export interface Asked {
  /** Of the request; undefined where nothing waits for an answer with an id. */
  readonly id: JsonRpcId | undefined;
  /** Where accounts are connected. */
  readonly page: string;
  /** Whether the client opens addresses for its person. */
  readonly opensUrls: boolean;
}

export interface TroubleAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const internal = (status: number, message: string): Refusal => refusal(status, message, {}, jsonRpcCodes.internalError);

const told: Readonly<Record<Exclude<Trouble["kind"], "account">, Refusal>> = {
  unreachable: internal(502, "The MCP server can not be reached."),
  interrupted: internal(502, "The MCP server ended the connection before it answered."),
  "bad-answer": internal(502, "The MCP server gave an answer that can not be passed on."),
  refused: internal(502, "The MCP server does not let the gateway in."),
  busy: refusal(503, "The MCP server takes no more requests now. Try again in a while.", { "retry-after": "5" }, jsonRpcCodes.internalError),
  "timed-out": internal(504, "The MCP server did not answer in time."),
  "session-gone": refusals.sessionUnknown,
  "no-stream": refusal(405, "The MCP server has no stream to listen to.", { allow: "POST, DELETE" }),
};

/**
 * A request gets its trouble as a JSON-RPC error in a response that went well, which is where clients look for one;
 * only a lost session has the status by which they know to begin again. Everything else gets a status.
 */
export const troubleAnswer = (trouble: Trouble, { id, page, opensUrls }: Asked): TroubleAnswer => {
  const { status, error, headers = {} } = trouble.kind === "account" ? { status: 503, error: accountError(trouble.reason, page, opensUrls) } : told[trouble.kind];
  const well = id !== undefined && trouble.kind !== "session-gone";
  return { status: well ? 200 : status, headers: well ? {} : headers, body: errorMessage(id, error) };
};
