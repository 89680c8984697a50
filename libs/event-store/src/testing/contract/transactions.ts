import { expect, test } from "vitest";
import { payIn, type StoreFixture, times, useBench } from "../fixture.ts";

export const transactionContract = (create: () => Promise<StoreFixture>): void => {
  const bench = useBench(create);

  test("answers what the work answers", async () => {
    expect(await bench().store.transact(() => Promise.resolve("answer"))).toBe("answer");
  });

  test("keeps streams and rows together", async () => {
    const { store } = bench();
    await store.transact(async (transaction) => {
      await payIn(transaction, "a", 0);
      await payIn(transaction, "b", 0);
      await transaction.sql.insertInto("tt_notes").values({ id: "n", note: "kept" }).execute();
    });
    expect((await store.head()).position).toBe(2);
    expect(await store.sql.selectFrom("tt_notes").select("note").execute()).toEqual([{ note: "kept" }]);
  });

  test("leaves nothing when the work throws: no event, no row, no read model", async () => {
    const { store } = bench();
    const broken = store.transact(async (transaction) => {
      await payIn(transaction, "a", 0);
      await transaction.sql.insertInto("tt_notes").values({ id: "n", note: "gone" }).execute();
      throw new Error("changed my mind");
    });
    await expect(broken).rejects.toThrow("changed my mind");
    expect(await store.transact((transaction) => transaction.read("account-a"))).toEqual([]);
    expect(await store.sql.selectFrom("tt_notes").selectAll().execute()).toEqual([]);
    expect(await store.sql.selectFrom("rm_movements").selectAll().execute()).toEqual([]);
  });

  test("a statement that fails takes back what came before it", async () => {
    const { store } = bench();
    const twice = store.transact(async ({ sql }) => {
      await sql.insertInto("tt_notes").values({ id: "n", note: "first" }).execute();
      await sql.insertInto("tt_notes").values({ id: "n", note: "second" }).execute();
    });
    await expect(twice).rejects.toThrow();
    expect(await store.sql.selectFrom("tt_notes").selectAll().execute()).toEqual([]);
  });

  test("sees its own rows and events before they are committed", async () => {
    const { store } = bench();
    const seen = await store.transact(async (transaction) => {
      await payIn(transaction, "a", 0);
      return [(await transaction.read("account-a")).length, (await transaction.sql.selectFrom("rm_movements").selectAll().execute()).length];
    });
    expect(seen).toEqual([1, 1]);
  });

  test("a read outside does not see what is not committed", async () => {
    const { store } = bench();
    const written = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const transaction = store.transact(async (inside) => {
      await payIn(inside, "a", 0);
      await inside.sql.insertInto("tt_notes").values({ id: "n", note: "not yet" }).execute();
      written.resolve();
      await end.promise;
      throw new Error("taken back");
    });
    await written.promise;
    const looks = Promise.all([
      store.sql.selectFrom("tt_notes").selectAll().execute(),
      store.readFeed({ logEpoch: 1, position: 0 }, 10),
      store.head(),
      store.transact((other) => other.read("account-a")),
    ]);
    end.resolve();
    await expect(transaction).rejects.toThrow("taken back");
    const [notes, page, head, events] = await looks;
    expect([notes, page.events, head.position, events]).toEqual([[], [], 0, []]);
  });

  test("one that is taken back does not take another's rows with it", async () => {
    const { store } = bench();
    await times(20, (index) =>
      store
        .transact(async ({ sql }) => {
          await sql.insertInto("tt_notes").values({ id: String(index), note: "n" }).execute();
          if (index % 2 === 1) throw new Error("odd");
        })
        .catch((error: unknown) => error),
    );
    const rows: readonly { id: string }[] = await store.sql.selectFrom("tt_notes").select("id").execute();
    expect(rows.map(({ id }) => Number(id)).sort((a, b) => a - b)).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
  });

  test.each([
    ["a transaction", "transact"],
    ["a read of the feed", "readFeed"],
    ["the head", "head"],
    ["a rebuild", "rebuild"],
    ["a query", "sql"],
  ] as const)("%s of the store inside of one of its transactions is refused instead of waiting for itself", async (_what, kind) => {
    const { store } = bench();
    const inner: Readonly<Record<typeof kind, () => Promise<unknown>>> = {
      transact: () => store.transact(() => Promise.resolve()),
      readFeed: () => store.readFeed({ logEpoch: 1, position: 0 }, 1),
      head: () => store.head(),
      rebuild: () => store.rebuild(),
      sql: () => store.sql.selectFrom("tt_notes").selectAll().execute(),
    };
    await expect(store.transact(async () => inner[kind]())).rejects.toMatchObject({ code: "internal" });
    expect((await store.head()).position).toBe(0);
  });

  test("work that a transaction started may use the store once it has ended", async () => {
    const { store } = bench();
    const ended = Promise.withResolvers<void>();
    const { later } = await store.transact(() => Promise.resolve({ later: ended.promise.then(() => store.head()) }));
    ended.resolve();
    expect(await later).toEqual({ logEpoch: 1, position: 0 });
  });

  test("a transaction can not be used when it has ended", async () => {
    const { store } = bench();
    const { leaked } = await store.transact((transaction) => Promise.resolve({ leaked: transaction }));
    await expect(payIn(leaked, "a", 0)).rejects.toThrow();
    expect((await store.head()).position).toBe(0);
  });

  test("refuses to write outside of a transaction", async () => {
    const { store } = bench();
    await expect(store.sql.insertInto("tt_notes").values({ id: "n", note: "n" }).execute()).rejects.toMatchObject({ code: "internal" });
    await expect(store.sql.deleteFrom("tt_notes").execute()).rejects.toMatchObject({ code: "internal" });
    expect(await store.sql.selectFrom("tt_notes").selectAll().execute()).toEqual([]);
  });

  test("closes after what has begun is done, closes twice, and then refuses", async () => {
    const { store } = bench();
    const running = store.transact((transaction) => payIn(transaction, "a", 0));
    const closed = store.close();
    expect(await running).toHaveLength(1);
    await closed;
    await store.close();
    await expect(store.head()).rejects.toMatchObject({ code: "unavailable" });
    await expect(store.transact(() => Promise.resolve())).rejects.toMatchObject({ code: "unavailable" });
  });
};
