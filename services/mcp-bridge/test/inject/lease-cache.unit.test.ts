import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { createFakeClock } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { LeaseCache } from "../../src/inject/lease-cache.ts";
import type { Lease, NoLease } from "../../src/inject/lease.ts";
import type { LivingCaller } from "../../src/inject/vault-leases.ts";
import { aLease, alive, resource } from "./leases.ts";

type Answer = Result<Lease, NoLease>;

/** The other end of the cache: each question waits until the test answers it. */
const given = (leases = 100) => {
  const clock = createFakeClock(1_000);
  const asked: { kind: string; subject: string; at: string; token: string; answer: (answer: Answer) => void }[] = [];
  const ask = (kind: string) => ({ caller, token }: LivingCaller, at: string): Promise<Answer> => {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    asked.push({ kind, subject: caller.subject, at, token: token.reveal(), answer: resolve });
    return promise;
  };
  const cache = new LeaseCache({ vault: { lease: ask("lease"), refreshed: ask("refreshed") }, clock, leaseMs: 60_000, leases });
  return { cache, clock, asked };
};

describe("the cache of leases", () => {
  it("asks once for one person and resource, however many wait", async () => {
    const { cache, asked } = given();
    const waiting = Array.from({ length: 50 }, () => cache.lease(alive("alice"), resource));
    asked[0]?.answer(ok(aLease()));
    const answers = await Promise.all(waiting);
    expect(asked).toHaveLength(1);
    expect(answers.every((answer) => answer.ok && answer.value.accessToken.reveal() === "token-of-alice-1")).toBe(true);
  });

  it("keeps a lease for a minute at most, and never past the time it was given for", async () => {
    const { cache, clock, asked } = given();
    const first = cache.lease(alive("alice"), resource);
    asked[0]?.answer(ok(aLease({ until: 10_000_000 })));
    await first;
    clock.advance(59_999);
    expect(cache.known("alice", resource)).toBeDefined();
    clock.advance(1);
    expect(cache.known("alice", resource)).toBeUndefined();

    const second = cache.lease(alive("alice"), resource);
    asked[1]?.answer(ok(aLease({ until: clock.now() + 5 })));
    await second;
    clock.advance(5);
    expect(cache.known("alice", resource)).toBeUndefined();
  });

  it("never lets two people share a question or a lease, whatever is in their ids (B04)", async () => {
    const names = ["a", "b", "", '"', '","', 'a","b', '["a"]', "a\u0000b", "a b", "a|b", "a:b", "\\", '\\"', "https://x/mcp", 'a","https://x/mcp'];
    const { cache, asked } = given(1_000);
    const pairs = names.flatMap((subject) => names.map((at) => ({ subject, at })));
    const waiting = pairs.map(({ subject, at }) => cache.lease(alive(subject), at));
    expect(asked.map(({ subject, at }) => ({ subject, at }))).toEqual(pairs);
    for (const { subject, at, answer } of asked) answer(ok(aLease({ subject, resource: at, token: Buffer.from(JSON.stringify([subject, at])).toString("base64url") })));
    const answers = await Promise.all(waiting);
    for (const [index, { subject, at }] of pairs.entries()) {
      const token = Buffer.from(JSON.stringify([subject, at])).toString("base64url");
      const answer = answers[index];
      expect(answer?.ok === true && answer.value.accessToken.reveal()).toBe(token);
      expect(cache.known(subject, at)?.accessToken.reveal()).toBe(token);
    }
  });

  it("asks again with one's own token where that of whoever asked first does not count", async () => {
    const { cache, asked } = given();
    const revoked = cache.lease(alive("alice", "revoked"), resource);
    const living = cache.lease(alive("alice", "living"), resource);
    asked[0]?.answer(err("refused"));
    expect(await revoked).toEqual(err("refused"));
    asked[1]?.answer(ok(aLease()));
    expect((await living).ok).toBe(true);
    expect(asked.map(({ token }) => token)).toEqual(["revoked", "living"]);
  });

  it("keeps no failure", async () => {
    const { cache, asked } = given();
    const first = cache.lease(alive("alice"), resource);
    asked[0]?.answer(err("not_connected"));
    expect(await first).toEqual(err("not_connected"));
    void cache.lease(alive("alice"), resource);
    expect(asked).toHaveLength(2);
  });

  it("forgets a lease of an earlier generation, and keeps none that was on its way meanwhile", async () => {
    const { cache, asked } = given();
    const late = cache.lease(alive("alice"), resource);
    cache.drop("alice", resource, 2);
    const anew = cache.lease(alive("alice"), resource);
    expect(asked).toHaveLength(2);
    asked[1]?.answer(ok(aLease({ generation: 2 })));
    await anew;
    asked[0]?.answer(ok(aLease({ generation: 1 })));
    await late;
    expect(cache.known("alice", resource)?.facts.generation).toBe(2);
    cache.drop("alice", resource, 3);
    expect(cache.known("alice", resource)).toBeUndefined();
  });

  it("keeps the lease that an event is about", async () => {
    const { cache, asked } = given();
    const first = cache.lease(alive("alice"), resource);
    asked[0]?.answer(ok(aLease({ generation: 2 })));
    await first;
    cache.drop("alice", resource, 2);
    expect(cache.known("alice", resource)?.facts.generation).toBe(2);
  });

  it("renews a refused lease once, however many were refused with it, and never one of somebody else's", async () => {
    const { cache, asked } = given();
    const old = aLease();
    const waiting = Array.from({ length: 20 }, () => cache.renew(alive("alice"), resource, old));
    expect(asked.map(({ kind }) => kind)).toEqual(["refreshed"]);
    cache.drop("alice", resource, 2);
    const late = cache.renew(alive("alice"), resource, old);
    asked[0]?.answer(ok(aLease({ generation: 2 })));
    for (const answer of await Promise.all([...waiting, late])) expect(answer.ok && answer.value.facts.generation).toBe(2);
    expect(asked).toHaveLength(1);
    // One that comes later finds it.
    expect((await cache.renew(alive("alice"), resource, old)).ok).toBe(true);
    expect(asked).toHaveLength(1);
    expect(await cache.renew(alive("bob"), resource, old)).toEqual(err("refused"));
  });

  it("does not renew again for a minute what was renewed in vain, be it shown by whomever, but what came after it", async () => {
    const { cache, clock, asked } = given();
    cache.giveUp(aLease({ generation: 2 }));
    expect(await cache.renew(alive("alice"), resource, aLease({ generation: 2 }))).toEqual(err("reconnect_required"));
    clock.advance(59_999);
    expect(await cache.renew(alive("alice", "another"), resource, aLease({ generation: 2 }))).toEqual(err("reconnect_required"));
    expect(asked).toEqual([]);
    void cache.renew(alive("alice"), resource, aLease({ generation: 3 }));
    void cache.renew(alive("bob"), resource, aLease({ subject: "bob", generation: 2 }));
    clock.advance(1);
    void cache.renew(alive("alice"), resource, aLease({ generation: 2 }));
    expect(asked.map(({ kind, subject }) => [kind, subject])).toEqual([["refreshed", "alice"], ["refreshed", "bob"], ["refreshed", "alice"]]);
  });

  it("forgets what is kept of somebody who was signed out", async () => {
    const { cache, asked } = given();
    const both = [cache.lease(alive("alice"), resource), cache.lease(alive("bob"), resource)];
    for (const { subject, answer } of asked) answer(ok(aLease({ subject })));
    await Promise.all(both);
    cache.dropWhere(({ grant }) => grant === "grant-of-alice");
    expect(cache.known("alice", resource)).toBeUndefined();
    expect(cache.known("bob", resource)).toBeDefined();
  });

  it("is bounded", async () => {
    const { cache, asked } = given(2);
    for (const [index, subject] of ["a", "b", "c"].entries()) {
      const lease = cache.lease(alive(subject), resource);
      asked[index]?.answer(ok(aLease({ subject })));
      await lease;
    }
    expect(cache.size).toBe(2);
  });
});
