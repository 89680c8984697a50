import type { authV1 } from "@mcp-auth-proxy/contracts";
import type { DeniableCaller } from "./caller.ts";

type Kind = authV1.DenyEntry["kind"];
interface Denial {
  readonly issuedBefore: number;
  readonly until: number;
}

/** What is denied now. It only grows, until entries have no token left to stop: forgetting one would let someone in. */
export class Denylist {
  readonly #denials: Readonly<Record<Kind, Map<string, Denial>>> = { grant: new Map(), subject: new Map(), client: new Map() };

  get size(): number {
    const { grant, subject, client } = this.#denials;
    return grant.size + subject.size + client.size;
  }

  add({ kind, id, issuedBefore, until }: authV1.DenyEntry): void {
    const known = this.#denials[kind].get(id);
    this.#denials[kind].set(id, {
      issuedBefore: Math.max(issuedBefore, known?.issuedBefore ?? 0),
      until: Math.max(until, known?.until ?? 0),
    });
  }

  /** A grant is denied for good; a person or a client only with tokens from before: signing in again works. */
  denies(caller: DeniableCaller): boolean {
    const { grant, subject, client } = this.#denials;
    if (grant.has(caller.grant)) return true;
    return isBefore(caller, subject.get(caller.subject)) || isBefore(caller, client.get(caller.client));
  }

  sweep(now: number): void {
    for (const denials of Object.values(this.#denials)) {
      for (const [id, { until }] of denials) if (until < now) denials.delete(id);
    }
  }
}

const isBefore = (caller: DeniableCaller, denial: Denial | undefined): boolean =>
  denial !== undefined && caller.issuedAt < denial.issuedBefore;
