import type { JsonDocument } from "../../wire/json-document.ts";
import type { JsonRpcId } from "../../wire/json-rpc.ts";
import type { ModernOutlet } from "./outlet.ts";
import type { RequestDigest } from "./request-digests.ts";

/** A client's request that its server has not answered. */
export interface PendingRequest {
  readonly kind: "client";
  readonly id: JsonRpcId;
  /** As the client wrote it: `1.0` stays `1.0`. */
  readonly idText: string;
  readonly tokenText: string | undefined;
  readonly method: string;
  readonly wantsLog: boolean;
  readonly outlet: ModernOutlet;
  readonly streamable: boolean;
  /** Epoch ms; none for a subscription, which ends with its token. */
  readonly deadlineAt: number | undefined;
  readonly timer: NodeJS.Timeout | undefined;
  readonly digest: RequestDigest;
}

/** A request of the gateway's own. */
export interface OwnRequest {
  readonly kind: "own";
  readonly deadlineAt: number;
  readonly settle: (answer: JsonDocument | undefined) => void;
}

/** What one process was asked, by the numbers it knows the requests by; oldest first. */
export class Pending {
  readonly #byNumber = new Map<number, PendingRequest | OwnRequest>();
  #last = 0;

  get size(): number {
    return this.#byNumber.size;
  }

  /** Numbers are never used again while the process lives: a late answer can not meet another request. */
  nextNumber(): number {
    this.#last += 1;
    return this.#last;
  }

  set(number: number, pending: PendingRequest | OwnRequest): void {
    this.#byNumber.set(number, pending);
  }

  get(number: unknown): PendingRequest | OwnRequest | undefined {
    return typeof number === "number" ? this.#byNumber.get(number) : undefined;
  }

  /** Whether it was still there. */
  delete(number: number): boolean {
    const pending = this.#byNumber.get(number);
    if (pending?.kind === "client") {
      clearTimeout(pending.timer);
      pending.digest.release();
    }
    return this.#byNumber.delete(number);
  }

  entries(): readonly (readonly [number, PendingRequest | OwnRequest])[] {
    return [...this.#byNumber];
  }

  /** Those there are now: what is taken out meanwhile is skipped (a map's iterator allows that). */
  *clients(): Generator<readonly [number, PendingRequest]> {
    for (const [number, pending] of this.#byNumber) if (pending.kind === "client") yield [number, pending];
  }
}
