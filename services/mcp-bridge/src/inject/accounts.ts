import type { Caller } from "@mcp-auth-proxy/access-token";
import type { Messenger, Subscription } from "@mcp-auth-proxy/bus";
import { type Clock, type Result, vaultV1 } from "@mcp-auth-proxy/contracts";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { BridgeLimits } from "../limits.ts";
import { LeaseCache } from "./lease-cache.ts";
import type { Lease, NoLease } from "./lease.ts";
import { type LivingCaller, VaultLeases } from "./vault-leases.ts";

/** One request's way to the account that its person connected. */
export interface Account {
  readonly lease: Result<Lease, NoLease>;
  /** Another lease, because the server did not take this one. */
  renew(refused: Lease): Promise<Result<Lease, NoLease>>;
  /** Says that a renewed one is not taken either. */
  giveUp(refused: Lease): void;
}

/** Whose credential, and for which resource, is no more. */
export interface EndedCredential {
  readonly subject: string;
  readonly resource: string;
}

export interface AccountsOptions {
  readonly messenger: Messenger;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: BridgeLimits;
  /** The person disconnected it: whatever still holds a token of it has to end. */
  readonly ended: (credential: EndedCredential) => void;
}

/** The accounts that people connected, as far as their requests need them now. */
export class Accounts {
  readonly #options: AccountsOptions;
  readonly #cache: LeaseCache;
  readonly #subscriptions: Subscription[] = [];

  constructor(options: AccountsOptions) {
    this.#options = options;
    const { messenger, clock, log, limits } = options;
    const vault = new VaultLeases({ messenger, clock, log, sealingKeyMs: limits.sealingKeyMs, refreshMs: limits.refreshMs });
    this.#cache = new LeaseCache({ vault, clock, leaseMs: limits.leaseMs, leases: limits.leases });
  }

  /** Listens to what happens to credentials. An event may get lost: then a lease counts for its minute, and no longer. */
  start(): void {
    const { messenger, ended } = this.#options;
    const drop = (firstGood: (generation: number) => number) => ({ data }: { readonly data: { readonly subjectId: string; readonly resource: string; readonly generation: number } }): void =>
      this.#cache.drop(data.subjectId, data.resource, firstGood(data.generation));
    const same = (generation: number): number => generation;
    const next = (generation: number): number => generation + 1;
    this.#subscriptions.push(
      messenger.hear(vaultV1.credentialStored, drop(same)),
      messenger.hear(vaultV1.credentialReplaced, drop(same)),
      messenger.hear(vaultV1.credentialBroken, drop(next)),
      messenger.hear(vaultV1.credentialShredded, (event) => {
        drop(next)(event);
        ended({ subject: event.data.subjectId, resource: event.data.resource });
      }),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.#subscriptions.splice(0).map((subscription) => subscription.stop()));
    this.#cache.clear();
  }

  /** What is known needs no wait. */
  known(living: LivingCaller, resource: string): Account | undefined {
    const lease = this.#cache.known(living.caller.subject, resource);
    return lease === undefined ? undefined : this.#accountOf(living, resource, { ok: true, value: lease });
  }

  async find(living: LivingCaller, resource: string): Promise<Account> {
    return this.#accountOf(living, resource, await this.#cache.lease(living, resource));
  }

  /** Forgets what was leased for callers that are not allowed any more. */
  endDenied(denied: (caller: Caller) => boolean): void {
    this.#cache.dropWhere(denied);
  }

  #accountOf(living: LivingCaller, resource: string, lease: Result<Lease, NoLease>): Account {
    return { lease, renew: (refused) => this.#cache.renew(living, resource, refused), giveUp: (refused) => this.#cache.giveUp(refused) };
  }
}
