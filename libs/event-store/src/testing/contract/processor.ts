import { expect, test, vi } from "vitest";
import { createProcessor } from "../../processor.ts";
import type { StoredEvent } from "../../port.ts";
import { payIn, type StoreFixture, useBench } from "../fixture.ts";

export const processorContract = (create: () => Promise<StoreFixture>): void => {
  const bench = useBench(create);
  const pay = (id: string) => bench().store.transact((transaction) => payIn(transaction, id, 0));

  /** A processor that writes down what it is handed; `fail` may throw first. */
  const recorder = (options: { fail?: (events: readonly StoredEvent[]) => void; batchSize?: number; pollMs?: number } = {}) => {
    const handled: string[] = [];
    const errors: unknown[] = [];
    const processor = createProcessor({
      store: bench().store,
      clock: bench().clock,
      name: "recorder",
      pollMs: options.pollMs ?? 10,
      ...(options.batchSize === undefined ? {} : { batchSize: options.batchSize }),
      handle: async (events) => {
        options.fail?.(events);
        handled.push(...events.map((event) => event.streamId));
      },
      onError: (error) => errors.push(error),
    });
    return { processor, handled, errors };
  };
  const eventually = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 2 });
  const checkpointAt = async (position: number): Promise<void> => {
    await vi.waitFor(async () => {
      const rows: readonly object[] = await bench().store.sql.selectFrom("es_checkpoints").select("position").execute();
      expect(rows).toEqual([{ position }]);
    });
  };

  test("hands over what was there before it started and what comes after, in order", async () => {
    await pay("a");
    await pay("b");
    const { processor, handled } = recorder({ batchSize: 1 });
    processor.start();
    await pay("c");
    await eventually(() => expect(handled).toEqual(["account-a", "account-b", "account-c"]));
    await processor.stop();
  });

  test("is woken by a commit, however long its poll is", async () => {
    const { processor, handled } = recorder({ pollMs: 1_000_000 });
    processor.start();
    await pay("a");
    await eventually(() => expect(handled).toEqual(["account-a"]));
    await pay("b");
    await eventually(() => expect(handled).toEqual(["account-a", "account-b"]));
    await processor.stop();
  });

  test("goes on where it stopped", async () => {
    await pay("a");
    const first = recorder();
    first.processor.start();
    await checkpointAt(1);
    await first.processor.stop();
    await pay("b");
    const second = recorder();
    second.processor.start();
    await eventually(() => expect(second.handled).toEqual(["account-b"]));
    await second.processor.stop();
    expect(first.handled).toEqual(["account-a"]);
  });

  test("brings a batch again that failed, and goes past it only when it is done", async () => {
    await pay("a");
    let failures = 2;
    const { processor, handled, errors } = recorder({
      fail: () => {
        failures -= 1;
        if (failures >= 0) throw new Error("the bus is down");
      },
    });
    processor.start();
    await eventually(() => expect(handled).toEqual(["account-a"]));
    await checkpointAt(1);
    await processor.stop();
    expect(errors).toEqual([new Error("the bus is down"), new Error("the bus is down")]);
  });

  test("stops after the batch in hand, stops twice, and tells the batch", async () => {
    await pay("a");
    const begun = Promise.withResolvers<AbortSignal>();
    const release = Promise.withResolvers<void>();
    const processor = createProcessor({
      store: bench().store,
      clock: bench().clock,
      name: "slow",
      handle: async (_events, signal) => {
        begun.resolve(signal);
        await release.promise;
      },
    });
    processor.start();
    const signal = await begun.promise;
    const stopped = processor.stop();
    expect(signal.aborted).toBe(true);
    release.resolve();
    await stopped;
    await processor.stop();
    await checkpointAt(1);
  });

  test("hands over nothing more once stopped, and starts again", async () => {
    const { processor, handled } = recorder();
    processor.start();
    await processor.stop();
    await pay("a");
    expect(handled).toEqual([]);
    processor.start();
    await eventually(() => expect(handled).toEqual(["account-a"]));
    await processor.stop();
  });

  test("does not sleep over a commit that came while a batch was in hand", async () => {
    await pay("a");
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const handled: string[] = [];
    const processor = createProcessor({
      store: bench().store,
      clock: bench().clock,
      name: "busy",
      pollMs: 1_000_000,
      handle: async (events) => {
        handled.push(...events.map((event) => event.streamId));
        begun.resolve();
        await release.promise;
      },
    });
    processor.start();
    await begun.promise;
    await pay("b");
    release.resolve();
    await eventually(() => expect(handled).toEqual(["account-a", "account-b"]));
    await processor.stop();
  });

  test("brings everything again when the log has another epoch, once", async () => {
    await pay("a");
    await bench().store.transact(({ sql }) => sql.insertInto("es_checkpoints").values({ name: "recorder", log_epoch: 9, position: 1, at: 0 }).execute());
    const { processor, handled } = recorder();
    processor.start();
    await vi.waitFor(async () => {
      const rows: readonly object[] = await bench().store.sql.selectFrom("es_checkpoints").select(["log_epoch", "position"]).execute();
      expect(rows).toEqual([{ log_epoch: 1, position: 1 }]);
    });
    await processor.stop();
    expect(handled).toEqual(["account-a"]);
  });
};
