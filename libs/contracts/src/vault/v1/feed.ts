import { Type } from "typebox";
import { query } from "../../contract.ts";
import { AnyEventEnvelope } from "../../envelope.ts";
import { FeedPosition } from "../../feed-position.ts";

/** Events in one answer: the longest there can be, so many times, stay below the bus's 1 MiB. */
export const feedPageSize = 100;

/** Public events of the vault after a place in its log, oldest first; `next` is where to go on, `end` says that nothing is left now. */
export const readFeed = query("vault", "read-feed", {
  request: Type.Object({ after: FeedPosition, limit: Type.Integer({ minimum: 1, maximum: feedPageSize }) }),
  response: Type.Object({ events: Type.Array(AnyEventEnvelope, { maxItems: feedPageSize }), next: FeedPosition, end: Type.Boolean() }),
});

/** The end of the vault's log, for a consumer that needs nothing from before. */
export const feedHead = query("vault", "feed-head", { request: Type.Object({}), response: Type.Object({ at: FeedPosition }) });
