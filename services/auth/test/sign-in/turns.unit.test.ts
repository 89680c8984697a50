import { expect, it } from "vitest";
import { createTurns } from "../../src/sign-in/turns.ts";

const held = (): { readonly work: () => Promise<void>; release: () => void; started: boolean } => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const one = {
    started: false,
    release: resolve,
    work: () => {
      one.started = true;
      return promise;
    },
  };
  return one;
};
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

it("runs so many at once, and the next when one has ended", async () => {
  const turns = createTurns({ atOnce: 2, waiting: 1 });
  const [one, two, three] = [held(), held(), held()];
  const all = [one, two, three].map((each) => turns(each.work));
  await settle();
  expect([one.started, two.started, three.started]).toEqual([true, true, false]);
  one.release();
  await settle();
  expect(three.started).toBe(true);
  two.release();
  three.release();
  await Promise.all(all);
});

it("refuses at once what would wait too long", async () => {
  const turns = createTurns({ atOnce: 1, waiting: 1 });
  const [one, two, three] = [held(), held(), held()];
  const all = [turns(one.work), turns(two.work)];
  await expect(turns(three.work)).rejects.toMatchObject({ code: "limit_exceeded" });
  expect(three.started).toBe(false);
  one.release();
  two.release();
  await Promise.all(all);
});

it("gives the place on when work fails", async () => {
  const turns = createTurns({ atOnce: 1, waiting: 1 });
  await expect(turns(() => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
  expect(await turns(() => Promise.resolve("next"))).toBe("next");
});
