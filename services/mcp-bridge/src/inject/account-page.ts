import { randomToken } from "@mcp-auth-proxy/crypto";
import { jsonRpcCodes, type JsonRpcError } from "../wire/json-rpc.ts";
import type { NoLease } from "./lease.ts";

/** Where people connect and reconnect their accounts. It asks who is there, so the address tells nothing and grants nothing. */
export const accountPage = (externalUrl: string): string => `${externalUrl}/account`;

/** What somebody reads whose call needs an account that can not be used, as bare facts. */
export const accountSentence = (reason: NoLease, page: string): string => {
  switch (reason) {
    case "not_connected":
      return `This MCP server works with an account of yours that is not connected. Connect it at ${page} and try again.`;
    case "reconnect_required":
      return `The access to your connected account has ended. Connect it again at ${page} and try again.`;
    case "refused":
    case "unavailable":
      return "Your connected account can not be reached now. Try again in a while.";
    default: {
      const never: never = reason;
      return never;
    }
  }
};

/** Whether the person can do something about it on the account page. */
export const isForThePerson = (reason: NoLease): boolean => reason === "not_connected" || reason === "reconnect_required";

/**
 * The error of a call in a session. A client that opens addresses for its person (MCP 2025-11-25, elicitation,
 * "URL mode") is told to open the page; every other one shows the sentence.
 */
export const accountError = (reason: NoLease, page: string, opensUrls: boolean): JsonRpcError => {
  const message = accountSentence(reason, page);
  if (!opensUrls || !isForThePerson(reason)) return { code: jsonRpcCodes.internalError, message };
  const elicitation = { mode: "url", elicitationId: randomToken(16), url: page, message };
  return { code: jsonRpcCodes.urlElicitationRequired, message, data: { elicitations: [elicitation] } };
};

/** Under which a client of revision 2026-07-28 answers that its person was at the account page. */
export const accountInput = "mcp-auth-proxy/account";

/** The same in revision 2026-07-28, which has no such error: the request goes on once its client says that the page was opened. */
export const accountInputRequired = (reason: NoLease, page: string): Readonly<Record<string, unknown>> => ({
  resultType: "input_required",
  inputRequests: { [accountInput]: { method: "elicitation/create", params: { mode: "url", url: page, message: accountSentence(reason, page) } } },
});
