import { Type, type Static } from "typebox";

/** A place in a service's log: `logEpoch` grows when a backup is restored, and then every consumer starts anew. */
export const FeedPosition = Type.Object({ logEpoch: Type.Integer({ minimum: 1 }), position: Type.Integer({ minimum: 0 }) });
export type FeedPosition = Static<typeof FeedPosition>;
