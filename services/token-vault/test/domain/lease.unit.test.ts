import { describe, expect, it } from "vitest";
import { attemptsPerMinute, decideAccessLease, decideRefreshLease, statusOf, type EarlierAttempt, type LeasedCredential, type RefreshGround } from "../../src/domain/lease.ts";

const now = 1_000_000;
const facts = { credentialId: "c", subjectId: "ada", resource: "https://mcp.example.com/mcp", provider: "google", generation: 3, scope: "", refreshable: true, storedAt: 0 };
const credential = (more: Partial<LeasedCredential["facts"]> = {}, brokenBecause?: LeasedCredential["brokenBecause"]): LeasedCredential => ({
  facts: { ...facts, ...more },
  ...(brokenBecause === undefined ? {} : { brokenBecause }),
});
const caller = { expiresAt: now + 3_600_000 };

describe("a lease of an access token", () => {
  it.each([
    ["no expiry: a minute", credential(), now + 60_000],
    ["a minute", credential({ expiresAt: now + 3_600_000 }), now + 60_000],
    ["until the token itself ends", credential({ expiresAt: now + 1 }), now + 1],
    ["a token that neither expires nor is refreshed", credential({ refreshable: false }), now + 60_000],
  ])("%s: may be kept for so long", (_, kept, leaseUntil) => {
    expect(decideAccessLease(kept, caller, now)).toEqual({ ok: true, value: { credential: kept, leaseUntil } });
  });

  it("never outlives the caller's own token", () => {
    expect(decideAccessLease(credential(), { expiresAt: now + 7 }, now)).toMatchObject({ ok: true, value: { leaseUntil: now + 7 } });
  });

  it.each([
    ["nothing is kept", undefined, "not_connected"],
    ["a refresh would help", credential({ expiresAt: now }), "credential_expired"],
    ["nothing but its owner helps", credential({ expiresAt: now, refreshable: false }), "reconnect_required"],
    ["broken, even if it has not expired", credential({}, "invalid-grant"), "reconnect_required"],
    ["broken: a refresh would not help", credential({ expiresAt: now }, "uncertain"), "reconnect_required"],
  ] as const)("%s: is refused", (_, kept, refusal) => {
    expect(decideAccessLease(kept, caller, now)).toEqual({ ok: false, error: refusal });
  });
});

describe("the state that a person is told", () => {
  it.each([
    ["lives", credential({ expiresAt: now + 1 }), "connected"],
    ["is refreshed", credential({ expiresAt: now }), "connected"],
    ["does not expire", credential({ refreshable: false }), "connected"],
    ["nobody refreshes it", credential({ expiresAt: now, refreshable: false }), "expired"],
    ["whatever is left of it", credential({ expiresAt: now + 1 }, "client-refused"), "broken"],
  ] as const)("%s", (_, kept, status) => {
    expect(statusOf(kept, now)).toBe(status);
  });
});

describe("a lease of a refresh token", () => {
  const due = credential({ expiresAt: now + 300_000 });
  const asked = (subject: string, resource = facts.resource): RefreshGround => ({ kind: "asked", caller: { subject, resource } });
  const decide = (kept: LeasedCredential | undefined, ground: RefreshGround, earlier: readonly EarlierAttempt[] = [], generation = 3) =>
    decideRefreshLease(kept, { generation, attemptId: "a1", ground }, earlier, { thresholdMs: 300_000, now });

  it.each([
    ["at the threshold", due, { kind: "due" }],
    ["the refresher's clock may be five seconds ahead", credential({ expiresAt: now + 305_000 }), { kind: "due" }],
    ["long expired", credential({ expiresAt: now - 1 }), { kind: "due" }],
    ["not due, and its owner asks", credential({ expiresAt: now + 3_000_000 }), asked("ada")],
    ["it never expires, and its owner asks: the provider refused it", credential(), asked("ada")],
  ] as const)("%s: is given", (_, kept, ground) => {
    expect(decide(kept, ground)).toEqual({ ok: true, value: kept });
  });

  it.each([
    ["nothing is kept", undefined, { kind: "due" }, "not_found"],
    ["another generation is current", credential({ generation: 4, expiresAt: now }), { kind: "due" }, "conflict"],
    ["not due yet", credential({ expiresAt: now + 305_001 }), { kind: "due" }, "refused"],
    ["it never expires: it is never due", credential(), { kind: "due" }, "refused"],
    ["somebody else asks", due, asked("mallory"), "refused"],
    ["a token for another server", due, asked("ada", `${facts.resource}-other`), "refused"],
    ["the provider refused it before", credential({ expiresAt: now }, "invalid-grant"), { kind: "due" }, "reconnect_required"],
    ["there is none", credential({ expiresAt: now, refreshable: false }), { kind: "due" }, "reconnect_required"],
  ] as const)("%s: is refused", (_, kept, ground, refusal) => {
    expect(decide(kept, ground)).toEqual({ ok: false, error: refusal });
  });

  it("is limited by the minute, and the same attempt counts once", () => {
    const others = Array.from({ length: attemptsPerMinute }, (_, index) => ({ attemptId: `other-${index}`, generation: 3, leasedAt: now - 59_999 }));
    expect(decide(due, { kind: "due" }, others)).toEqual({ ok: false, error: "limit_exceeded" });
    expect(decide(due, { kind: "due" }, others.slice(1))).toMatchObject({ ok: true });
    expect(decide(due, { kind: "due" }, others.map((other) => ({ ...other, leasedAt: now - 60_000 })))).toMatchObject({ ok: true });
    expect(decide(due, { kind: "due" }, [...others, { attemptId: "a1", generation: 3, leasedAt: now }])).toMatchObject({ ok: true });
  });

  it("is bound to its generation: the same attempt gets no other one", () => {
    expect(decide(due, { kind: "due" }, [{ attemptId: "a1", generation: 2, leasedAt: now }])).toEqual({ ok: false, error: "refused" });
  });
});
