import { expect, test } from "vitest";
import type { EventStore, FeedPosition, StoredEvent } from "../../port.ts";
import { payIn, type StoreFixture, times, useBench } from "../fixture.ts";

const start: FeedPosition = { logEpoch: 1, position: 0 };

/** Reads until the end of the log as it is now. */
const readAll = async (store: EventStore, after: FeedPosition, limit: number) => {
  const events: StoredEvent[] = [];
  let next = after;
  for (;;) {
    const page = await store.readFeed(next, limit);
    events.push(...page.events);
    next = page.next;
    if (page.end) return { events, next };
  }
};

export const feedContract = (create: () => Promise<StoreFixture>): void => {
  const bench = useBench(create);
  const payInto = (ids: readonly string[]) =>
    bench().store.transact(async (transaction) => {
      for (const id of ids) await payIn(transaction, id, 0);
    });

  test("an empty log ends where one asked", async () => {
    expect(await bench().store.readFeed(start, 10)).toEqual({ events: [], next: start, end: true });
    expect(await bench().store.head()).toEqual(start);
  });

  test("gives the events of all streams in the order of the log", async () => {
    await payInto(["b", "a", "c"]);
    const page = await bench().store.readFeed(start, 10);
    expect(page.events.map((event) => event.streamId)).toEqual(["account-b", "account-a", "account-c"]);
    expect(page.end).toBe(true);
    expect(page.next).toEqual(await bench().store.head());
  });

  test("gives pages that join without a gap or a repeat", async () => {
    await payInto(["a", "b", "c", "d", "e"]);
    const { store } = bench();
    const first = await store.readFeed(start, 2);
    expect(first).toMatchObject({ end: false });
    const { events } = await readAll(store, first.next, 2);
    expect([...first.events, ...events].map((event) => event.streamId)).toEqual(["a", "b", "c", "d", "e"].map((id) => `account-${id}`));
  });

  test("says that a full page is the end when it is", async () => {
    await payInto(["a", "b"]);
    expect(await bench().store.readFeed(start, 2)).toMatchObject({ end: true });
  });

  test("gives what the stream gives", async () => {
    await payInto(["a"]);
    const { store } = bench();
    expect((await store.readFeed(start, 10)).events).toEqual(await store.transact((transaction) => transaction.read("account-a")));
  });

  test("never skips an event while many write", async () => {
    const { store } = bench();
    const writing = times(40, (index) => store.transact((transaction) => payIn(transaction, String(index), 0)));
    let place = start;
    const seen: string[] = [];
    while (seen.length < 40) {
      const { events, next } = await readAll(store, place, 3);
      seen.push(...events.map((event) => event.streamId));
      place = next;
    }
    await writing;
    expect(new Set(seen).size).toBe(40);
    expect(await store.readFeed(place, 10)).toMatchObject({ events: [], end: true });
  });

  test("starts anew for a reader of another epoch", async () => {
    await payInto(["a", "b"]);
    expect((await bench().store.readFeed({ logEpoch: 7, position: 2 }, 10)).events).toHaveLength(2);
  });

  test("starts anew for a reader that is ahead of the log", async () => {
    await payInto(["a", "b"]);
    expect((await bench().store.readFeed({ logEpoch: 1, position: 3 }, 10)).events).toHaveLength(2);
  });

  test.each([0, -1, 1.5, 1_001, Number.NaN])("refuses a page of %d events", async (limit) => {
    await expect(bench().store.readFeed(start, limit)).rejects.toMatchObject({ code: "bad_request" });
  });

  test("calls after a commit that appended, and not when it was taken back or appended nothing", async () => {
    const { store } = bench();
    const heads: number[] = [];
    let calls = 0;
    const stop = store.onCommitted(() => {
      calls += 1;
    });
    await store.transact((transaction) => payIn(transaction, "a", 0));
    heads.push(calls);
    await store.transact(() => Promise.resolve());
    await store
      .transact(async (transaction) => {
        await payIn(transaction, "b", 0);
        throw new Error("taken back");
      })
      .catch((error: unknown) => error);
    heads.push(calls);
    stop();
    await store.transact((transaction) => payIn(transaction, "c", 0));
    heads.push(calls);
    expect(heads).toEqual([1, 1, 1]);
  });

  test("what a listener hears of is in the feed", async () => {
    const { store } = bench();
    const heard = Promise.withResolvers<number>();
    store.onCommitted(() => heard.resolve(store.readFeed(start, 10).then((page) => page.events.length)));
    await store.transact((transaction) => payIn(transaction, "a", 0));
    expect(await heard.promise).toBe(1);
  });
};
