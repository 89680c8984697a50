import type { FastifyReply, FastifyRequest } from "fastify";
import { missingConnection } from "../accounts/connections.ts";
import type { AuthParts } from "../parts.ts";
import type { PendingRequest } from "../pending/request.ts";
import type { VisitPerson } from "../pending/visits.ts";
import { completeSignIn, type Incomplete } from "../sign-in/complete.ts";
import type { PageProblem } from "../views/models.ts";
import { PageError } from "./page-error.ts";
import { leaveForProvider } from "./provider-visit.ts";
import { returnToClient } from "./return-to-client.ts";

/** A person who has consented and is signed in, in this browser. */
export interface ReadyPerson {
  readonly pendingId: string;
  readonly request: PendingRequest;
  readonly person: VisitPerson;
  readonly bindingCookie: string;
  /** They come from connecting what the server needs: whatever the vault makes of it, nobody is sent in circles. */
  readonly connected?: boolean;
}

/** As a page; a session that ended meanwhile means to start again. */
export const problemOf = (incomplete: Incomplete): PageProblem => {
  if (incomplete === "refused") return "not-allowed";
  return incomplete === "signed-out" ? "expired" : incomplete;
};

/** To the provider whose account the server needs and the person has not connected; else back to the client, with a code. */
export const goOn = async (parts: AuthParts, request: FastifyRequest, reply: FastifyReply, ready: ReadyPerson): Promise<FastifyReply> => {
  const { pendingId, request: asked, person, bindingCookie, connected = false } = ready;
  const need = connected ? undefined : await missingConnection(parts, person.subjectId, asked.resource);
  if (need !== undefined) {
    const purpose = { kind: "authorization", pendingId } as const;
    return leaveForProvider(parts, request, reply, { provider: need.provider, need, person, purpose, cookieId: pendingId, bindingCookie, how: "page" });
  }
  const completed = await completeSignIn(parts, { pendingId, by: { method: "known", person }, correlationId: request.id });
  if ("incomplete" in completed) throw new PageError(problemOf(completed.incomplete), "the transaction could not be completed");
  const outcome = { kind: "approved", code: completed.code.reveal() } as const;
  return returnToClient(reply, request, parts.config, { pendingId, request: asked, outcome });
};
