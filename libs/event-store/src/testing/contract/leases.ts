import { expect, test } from "vitest";
import { takeLease } from "../../lease.ts";
import { type StoreFixture, times, useBench } from "../fixture.ts";

const hourMs = 3_600_000;

export const leaseContract = (create: () => Promise<StoreFixture>): void => {
  const bench = useBench(create);
  const ask = (holder: string, ttlMs = hourMs) => takeLease({ store: bench().store, name: "work", holder, ttlMs });
  const taken = async (holder: string, ttlMs = hourMs) => {
    const outcome = await ask(holder, ttlMs);
    if (!outcome.taken) throw new Error(`held by ${outcome.by.holder}`);
    return outcome.lease;
  };
  /** As when its time is over: the database's own clock can not be moved. */
  const expire = () => bench().store.transact(({ sql }) => sql.updateTable("es_leases").set({ held_until: 1 }).execute());

  test("one of many that ask at once gets it, and the others are told who", async () => {
    const outcomes = await times(10, (index) => ask(`holder-${index}`));
    const winners = outcomes.flatMap((outcome, index) => (outcome.taken ? [`holder-${index}`] : []));
    expect(winners).toHaveLength(1);
    const told = outcomes.flatMap((outcome) => (outcome.taken ? [] : [outcome.by.holder]));
    expect(new Set(told)).toEqual(new Set(winners));
  });

  test("leases of other names are others'", async () => {
    await taken("one");
    expect(await takeLease({ store: bench().store, name: "other work", holder: "two", ttlMs: hourMs })).toMatchObject({ taken: true });
  });

  test("is free again when it was given back, under a higher epoch", async () => {
    const first = await taken("one");
    await first.release();
    await first.release();
    expect((await taken("two")).epoch).toBeGreaterThan(first.epoch);
  });

  test("is free again when its time is over, and the late holder can not renew it", async () => {
    const first = await taken("one");
    await expire();
    expect(await first.renew()).toBe(false);
    const second = await taken("two");
    expect(await first.renew()).toBe(false);
    await first.release();
    expect(await second.renew()).toBe(true);
  });

  test("lasts longer by renewal", async () => {
    const lease = await taken("one", 60_000);
    const before = await ask("two");
    const longer = await takeLease({ store: bench().store, name: "work", holder: "three", ttlMs: hourMs });
    expect([before.taken, longer.taken]).toEqual([false, false]);
    await bench().store.transact(({ sql }) => sql.updateTable("es_leases").set((eb) => ({ held_until: eb("held_until", "-", 30_000) })).execute());
    const shortened = await ask("two");
    await lease.renew();
    const renewed = await ask("two");
    if (shortened.taken || renewed.taken) throw new Error("it was free");
    expect(renewed.by.heldUntil - shortened.by.heldUntil).toBeGreaterThanOrEqual(30_000);
  });

  test("tells a transaction whether it is still held", async () => {
    const first = await taken("one");
    const isHeld = () => bench().store.transact((transaction) => first.isHeldIn(transaction));
    expect(await isHeld()).toBe(true);
    await expire();
    expect(await isHeld()).toBe(false);
    await taken("two");
    expect(await isHeld()).toBe(false);
  });
};
