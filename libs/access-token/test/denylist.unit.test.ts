import { describe, expect, it } from "vitest";
import type { DeniableCaller } from "../src/caller.ts";
import { Denylist } from "../src/denylist.ts";

const caller: DeniableCaller = { subject: "s", client: "c", grant: "g", issuedAt: 5_000 };
const listOf = (...entries: Parameters<Denylist["add"]>[0][]): Denylist => {
  const list = new Denylist();
  for (const entry of entries) list.add(entry);
  return list;
};

describe("a denial", () => {
  it.each([
    [{ kind: "grant", id: "g", issuedBefore: 1, until: 9 }, true, "a grant is denied with every token of it"],
    [{ kind: "grant", id: "s", issuedBefore: 9_000, until: 9 }, false, "a subject is no grant"],
    [{ kind: "subject", id: "s", issuedBefore: 5_001, until: 9 }, true, "a token of before"],
    [{ kind: "subject", id: "s", issuedBefore: 5_000, until: 9 }, false, "signing in again works"],
    [{ kind: "client", id: "c", issuedBefore: 5_001, until: 9 }, true, "a token of before"],
    [{ kind: "client", id: "c", issuedBefore: 5_000, until: 9 }, false, "a token of after"],
    [{ kind: "client", id: "other", issuedBefore: 9_000, until: 9 }, false, "another client"],
  ] as const)("%o denies: %s (%s)", (entry, denied, _rationale) => {
    expect(listOf(entry).denies(caller)).toBe(denied);
  });

  it("is never weakened by an older one", () => {
    const list = listOf({ kind: "subject", id: "s", issuedBefore: 6_000, until: 50_000 }, { kind: "subject", id: "s", issuedBefore: 1_000, until: 10 });
    list.sweep(40_000);
    expect(list.denies(caller)).toBe(true);
  });

  it("is forgotten when it has no token left to stop, and not before", () => {
    const list = listOf({ kind: "grant", id: "g", issuedBefore: 1, until: 100_000 });
    list.sweep(100_000);
    expect(list.denies(caller)).toBe(true);
    list.sweep(100_001);
    expect([list.denies(caller), list.size]).toEqual([false, 0]);
  });
});
