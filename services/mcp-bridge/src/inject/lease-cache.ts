import type { Caller } from "@mcp-auth-proxy/access-token";
import { err, type Clock, ok, type Result } from "@mcp-auth-proxy/contracts";
import { LRUCache } from "lru-cache";
import type { Lease, NoLease } from "./lease.ts";
import type { LivingCaller, VaultLeases } from "./vault-leases.ts";

export interface LeaseCacheOptions {
  readonly vault: Pick<VaultLeases, "lease" | "refreshed">;
  readonly clock: Clock;
  /** How long a lease is kept at most, and how many. */
  readonly leaseMs: number;
  readonly leases: number;
}

type Answer = Result<Lease, NoLease>;

/** A question to the vault or the refresher that several may wait for. */
interface Round {
  readonly key: string;
  readonly answer: Promise<Answer>;
  /** What is older than this generation is not kept: something happened to it meanwhile. */
  floor: number;
}

/**
 * Leases by person and resource, in memory and for less than a minute. Those who want the same at the same time share
 * one question: the same person for the same resource, and never anybody else.
 */
export class LeaseCache {
  readonly #options: LeaseCacheOptions;
  /** With whom each was given to: it is forgotten with them. */
  readonly #leases: LRUCache<string, { readonly lease: Lease; readonly caller: Caller }>;
  readonly #rounds = new Map<string, Round>();
  /** By person and resource: a generation that came from a refresh and was not taken either, and until when that counts. */
  readonly #inVain: LRUCache<string, { readonly generation: number; readonly until: number }>;

  constructor(options: LeaseCacheOptions) {
    this.#options = options;
    this.#leases = new LRUCache({ max: options.leases });
    this.#inVain = new LRUCache({ max: options.leases });
  }

  get size(): number {
    return this.#leases.size;
  }

  /** What is here already, without asking anybody. */
  known(subject: string, resource: string): Lease | undefined {
    const lease = this.#leases.get(keyOf(subject, resource))?.lease;
    return lease !== undefined && this.#options.clock.now() < lease.until ? lease : undefined;
  }

  async lease(living: LivingCaller, resource: string): Promise<Answer> {
    const { caller } = living;
    const known = this.known(caller.subject, resource);
    const key = keyOf(caller.subject, resource);
    return known === undefined ? this.#shared(key, key, caller, () => this.#options.vault.lease(living, resource)) : ok(known);
  }

  /** Another lease in the place of one that its server does not take. */
  async renew(living: LivingCaller, resource: string, refused: Lease): Promise<Answer> {
    const { facts } = refused;
    const { caller } = living;
    if (facts.subjectId !== caller.subject || facts.resource !== resource) return err("refused");
    const known = this.known(caller.subject, resource);
    if (known !== undefined && known.facts.generation > facts.generation) return ok(known);
    const key = keyOf(caller.subject, resource);
    const inVain = this.#inVain.get(key);
    if (inVain?.generation === facts.generation && this.#options.clock.now() < inVain.until) return err("reconnect_required");
    this.drop(caller.subject, resource, facts.generation + 1);
    const round = JSON.stringify([key, facts.credentialId, facts.generation]);
    return this.#shared(round, key, caller, () => this.#options.vault.refreshed(living, resource, facts));
  }

  /**
   * A lease that was renewed just now is not taken either: for as long as a lease counts, no request has it refreshed again.
   * Else a server that lets nobody in would have a refresh token used up with each of them.
   */
  giveUp({ facts }: Lease): void {
    const { clock, leaseMs } = this.#options;
    this.#inVain.set(keyOf(facts.subjectId, facts.resource), { generation: facts.generation, until: clock.now() + leaseMs });
  }

  /** Something happened to this credential: of what is here, and of what is on its way, only later generations count. */
  drop(subject: string, resource: string, firstGood: number): void {
    const key = keyOf(subject, resource);
    const lease = this.#leases.get(key)?.lease;
    if (lease !== undefined && lease.facts.generation < firstGood) this.#leases.delete(key);
    for (const [name, round] of this.#rounds) {
      if (round.key !== key) continue;
      round.floor = Math.max(round.floor, firstGood);
      // Whoever waits for it gets it; whoever comes now asks anew, unless it brings a new one anyway.
      if (name === key) this.#rounds.delete(name);
    }
  }

  /** Forgets what was given to these callers. */
  dropWhere(matches: (caller: Caller) => boolean): void {
    const theirs = [...this.#leases.values()].filter(({ caller }) => matches(caller));
    for (const { lease } of theirs) this.drop(lease.facts.subjectId, lease.facts.resource, Number.POSITIVE_INFINITY);
  }

  clear(): void {
    this.#leases.clear();
    this.#rounds.clear();
    this.#inVain.clear();
  }

  async #shared(name: string, key: string, caller: Caller, ask: () => Promise<Answer>): Promise<Answer> {
    const running = this.#rounds.get(name);
    if (running === undefined) return this.#first(name, key, caller, ask);
    const answer = await running.answer;
    // The other one's token did not count, which says nothing about this one's.
    return !answer.ok && answer.error === "refused" ? ask() : answer;
  }

  async #first(name: string, key: string, caller: Caller, ask: () => Promise<Answer>): Promise<Answer> {
    const round: Round = { key, answer: ask(), floor: 0 };
    this.#rounds.set(name, round);
    try {
      const answer = await round.answer;
      if (answer.ok && answer.value.facts.generation >= round.floor) this.#keep(key, answer.value, caller);
      return answer;
    } finally {
      if (this.#rounds.get(name) === round) this.#rounds.delete(name);
    }
  }

  #keep(key: string, lease: Lease, caller: Caller): void {
    const { clock, leaseMs } = this.#options;
    this.#leases.set(key, { lease: { ...lease, until: Math.min(lease.until, clock.now() + leaseMs) }, caller });
  }
}

/** JSON keeps the two apart, whatever characters are in them. */
const keyOf = (subject: string, resource: string): string => JSON.stringify([subject, resource]);
