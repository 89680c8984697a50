import type { Clock } from "@mcp-auth-proxy/contracts";
import { describe, test } from "vitest";
import type { StoreDefinition } from "../definition.ts";
import type { EventStore } from "../port.ts";

/** A database that is empty when `create` answers. */
export interface StoreFixture {
  /** Opens the same database each time; the suite closes what it opened. */
  open(options: { readonly definition: StoreDefinition; readonly clock: Clock }): Promise<EventStore>;
  /** Takes the database away. */
  remove(): Promise<void>;
}

/** The duties of every event store. `keeps` is false where closing loses everything (`:memory:`). */
export const eventStoreContract = (name: string, create: () => Promise<StoreFixture>, options: { readonly keeps: boolean } = { keeps: true }): void => {
  describe(`${name} as an event store`, () => {
    test("opens", async () => {
      const fixture = await create();
      void options;
      await fixture.remove();
    });
  });
};
