import { AppError } from "@mcp-auth-proxy/contracts";
import type { KyselyPlugin } from "kysely";

/** Outside of a transaction one may look: a write there would be neither atomic with its event nor seen by a rebuild. */
export const readOnlyFence: KyselyPlugin = {
  transformQuery: ({ node }) => {
    if (node.kind !== "SelectQueryNode") throw new AppError("internal", "writes go through a transaction of the store");
    return node;
  },
  transformResult: ({ result }) => Promise.resolve(result),
};
