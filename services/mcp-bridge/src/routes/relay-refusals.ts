import { type Refusal, refusals } from "../guard/refusal.ts";
import type { Untaken } from "../relay/stdio.ts";
import type { NoSession } from "../sessions/directory.ts";

export const untakenRefusal: Readonly<Record<Untaken, Refusal>> = {
  duplicate_id: refusals.duplicateId,
  too_many: refusals.tooManyRequests,
  not_reading: refusals.notReading,
};

export const noSessionRefusal: Readonly<Record<NoSession, Refusal>> = {
  subject_full: refusals.tooManySessions,
  full: refusals.full,
  draining: refusals.full,
};
