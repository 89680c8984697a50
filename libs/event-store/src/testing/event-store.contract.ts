import { describe } from "vitest";
import { appendContract } from "./contract/append.ts";
import { archiveContract } from "./contract/archive.ts";
import { commandContract } from "./contract/commands.ts";
import { feedContract } from "./contract/feed.ts";
import { leaseContract } from "./contract/leases.ts";
import { processorContract } from "./contract/processor.ts";
import { readModelContract } from "./contract/read-models.ts";
import { reopenContract } from "./contract/reopen.ts";
import { snapshotContract } from "./contract/snapshots.ts";
import { transactionContract } from "./contract/transactions.ts";
import type { StoreFixture } from "./fixture.ts";

/** The duties of every event store. `keeps` is false where closing loses everything (`:memory:`). */
export const eventStoreContract = (
  name: string,
  create: () => Promise<StoreFixture>,
  options: { readonly keeps: boolean } = { keeps: true },
): void => {
  describe(`${name} as an event store`, () => {
    describe("append", () => appendContract(create));
    describe("transactions", () => transactionContract(create));
    describe("feed", () => feedContract(create));
    describe("read models", () => readModelContract(create));
    describe("snapshots", () => snapshotContract(create));
    describe("archive", () => archiveContract(create));
    describe("commands", () => commandContract(create));
    describe("leases", () => leaseContract(create));
    describe("processor", () => processorContract(create));
    if (options.keeps) describe("opened again", () => reopenContract(create));
  });
};
