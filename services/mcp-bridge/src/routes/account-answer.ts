import type { FastifyReply } from "fastify";
import { type Refusal, refusal } from "../guard/refusal.ts";
import { mayAskForAccount } from "../inject/account-input.ts";
import { accountError, accountInputRequired, isForThePerson } from "../inject/account-page.ts";
import type { NoLease } from "../inject/lease.ts";
import type { Unprovided } from "../inject/provision.ts";
import { errorMessage, type JsonRpcId, resultMessage } from "../wire/json-rpc.ts";
import type { ModernRequest } from "../wire/rev-2026-07-28/request.ts";
import { refuse } from "./refuse.ts";

export interface AskedInSession {
  readonly id: JsonRpcId;
  readonly page: string;
  readonly opensUrls: boolean;
}

/** Two readers could find two tokens in it. */
export const ambiguousRefusal: Refusal = refusal(400, "A member of the message is there twice.");

/** Answers a request of a session that can not be sent for want of an account: an error in an answer that went well. */
export const answerWithoutAccount = (reply: FastifyReply, reason: Unprovided, { id, page, opensUrls }: AskedInSession): FastifyReply =>
  reason === "ambiguous" ? refuse(reply, ambiguousRefusal, id) : reply.type("application/json").send(errorMessage(id, accountError(reason, page, opensUrls)));

/** The same in revision 2026-07-28, where its client is asked to open the account page if it can. */
export const askForAccount = (reply: FastifyReply, reason: NoLease, request: ModernRequest, page: string): FastifyReply => {
  const asks = isForThePerson(reason) && mayAskForAccount(request);
  const message = asks ? resultMessage(request.id, accountInputRequired(reason, page)) : errorMessage(request.id, accountError(reason, page, false));
  return reply.type("application/json").send(message);
};
