import { sql as raw } from "kysely";
import { describe, expect, test } from "vitest";
import type { InlineProjection } from "../../port.ts";
import { payIn, type StoreFixture, useBench } from "../fixture.ts";
import { ledger } from "../ledger.ts";

const misbehaving = (apply: InlineProjection["apply"]) => ({ ...ledger, projections: [{ name: "thief", tables: ["rm_movements"], apply }] });

const forbidden: readonly (readonly [string, InlineProjection["apply"]])[] = [
  ["writes a table that it does not declare", async (_event, sql) => void (await sql.insertInto("tt_notes").values({ id: "n", note: "n" }).execute())],
  ["deletes from one", async (_event, sql) => void (await sql.deleteFrom("es_commands").execute())],
  ["uses a raw statement", async (_event, sql) => void (await raw`delete from tt_notes`.execute(sql))],
  ["reads one", async (_event, sql) => void (await sql.selectFrom("tt_notes").selectAll().execute())],
  [
    "reads one inside of a write",
    async (_event, sql) =>
      void (await sql
        .deleteFrom("rm_movements")
        .where("stream_id", "in", sql.selectFrom("tt_notes").select("id"))
        .execute()),
  ],
];

export const readModelContract = (create: () => Promise<StoreFixture>): void => {
  describe("of the ledger", () => {
    const bench = useBench(create);
    const rows = (): Promise<readonly object[]> => bench().store.sql.selectFrom("rm_movements").selectAll().orderBy("stream_id").execute();
    const fill = () =>
      bench().store.transact(async (transaction) => {
        await payIn(transaction, "a", 0);
        await payIn(transaction, "b", 0);
        await payIn(transaction, "a", 1);
      });

    test("are there when the transaction is", async () => {
      await fill();
      expect(await rows()).toEqual([
        { stream_id: "account-a", moved: 2, last_version: 2 },
        { stream_id: "account-b", moved: 1, last_version: 1 },
      ]);
    });

    test("come out the same when rebuilt, whatever was in them", async () => {
      await fill();
      const before = await rows();
      await bench().store.transact(async ({ sql }) => {
        await sql.deleteFrom("rm_movements").where("stream_id", "=", "account-a").execute();
        await sql.insertInto("rm_movements").values({ stream_id: "invented", moved: 9, last_version: 9 }).execute();
      });
      await bench().store.rebuild();
      expect(await rows()).toEqual(before);
      await bench().store.rebuild();
      expect(await rows()).toEqual(before);
    });

    test("come out the same from a log of more than one batch", async () => {
      await bench().store.transact(async (transaction) => {
        for (let version = 0; version < 1_050; version += 1) await payIn(transaction, "a", version);
      });
      await bench().store.rebuild();
      expect(await rows()).toEqual([{ stream_id: "account-a", moved: 1_050, last_version: 1_050 }]);
    });

    test("a rebuild leaves the other tables and the log alone", async () => {
      await fill();
      await bench().store.transact(({ sql }) => sql.insertInto("tt_notes").values({ id: "n", note: "kept" }).execute());
      await bench().store.rebuild();
      expect(await bench().store.sql.selectFrom("tt_notes").select("note").execute()).toEqual([{ note: "kept" }]);
      expect((await bench().store.head()).position).toBe(3);
    });
  });

  describe("that fail in the middle", () => {
    let broken = false;
    const breaking: InlineProjection = {
      name: "breaking",
      tables: ["rm_movements"],
      apply: async (event, sql) => {
        if (broken && event.streamVersion === 2) throw new Error("the projection broke");
        await sql.insertInto("rm_movements").values({ stream_id: event.id, moved: 1, last_version: event.streamVersion }).execute();
      },
    };
    const bench = useBench(create, { ...ledger, projections: [breaking] });

    test("take the event back with them", async () => {
      broken = true;
      const both = bench().store.transact(async (transaction) => {
        await payIn(transaction, "a", 0);
        await payIn(transaction, "a", 1);
      });
      await expect(both).rejects.toThrow("the projection broke");
      expect((await bench().store.head()).position).toBe(0);
    });

    test("leave the old rows when a rebuild fails", async () => {
      broken = false;
      await bench().store.transact(async (transaction) => {
        await payIn(transaction, "a", 0);
        await payIn(transaction, "a", 1);
      });
      broken = true;
      await expect(bench().store.rebuild()).rejects.toThrow("the projection broke");
      expect(await bench().store.sql.selectFrom("rm_movements").selectAll().execute()).toHaveLength(2);
    });
  });

  describe.each(forbidden)("whose projection %s", (_what, apply) => {
    const bench = useBench(create, misbehaving(apply));
    test("are refused, and so is the event", async () => {
      await expect(bench().store.transact((transaction) => payIn(transaction, "a", 0))).rejects.toMatchObject({ code: "internal" });
      expect((await bench().store.head()).position).toBe(0);
    });
  });
};
