/** The parts of a provider that a test can make fail. `api` is every resource that has no name of its own. */
export type ProviderEndpoint = "authorization" | "token" | "userinfo" | "discovery" | "jwks" | "revocation" | "introspection" | "api";

/**
 * How a request fails. None but `lost` reaches the provider.
 * - `403`, `429`, `500`: that answer, with Retry-After where one was given
 * - `hang`: no answer until the caller gives up
 * - `garbage`: 200 and a body that is cut off; `huge`: 200 and a body of 8 MiB
 * - `close`: the connection ends before the request was looked at
 * - `lost`: the request does its work, and the answer is lost: the caller can not know
 */
export type FaultKind = "403" | "429" | "500" | "hang" | "garbage" | "huge" | "close" | "lost";

export interface Fault {
  /** A part of the provider, or a path below its origin. */
  readonly endpoint: ProviderEndpoint | `/${string}`;
  readonly kind: FaultKind;
  /** Seconds, or the date that goes into the header as it is. */
  readonly retryAfter?: number | string;
  /** More headers, such as those of a rate limit that is used up. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How many requests fail. Default 1. */
  readonly count?: number;
}

/** Requests that wait at the door. */
export interface Hold {
  /** How many wait now. */
  readonly waiting: number;
  /** Lets them in, and everybody after them. Twice is safe. */
  release(): void;
}

interface PlannedFault extends Fault {
  left: number;
}

/** What is going to fail, in the order it was asked for. */
export class FaultPlan {
  readonly #planned: PlannedFault[] = [];
  readonly #holds = new Set<{ readonly endpoint: Fault["endpoint"]; readonly wait: () => Promise<void> }>();

  failNext(fault: Fault): void {
    this.#planned.push({ ...fault, left: fault.count ?? 1 });
  }

  /** Forgets every fault that did not happen yet. */
  recover(): void {
    this.#planned.length = 0;
  }

  /** The fault that this request meets, if any; it counts as happened. */
  take(endpoint: ProviderEndpoint, path: string): Fault | undefined {
    const fault = this.#planned.find((planned) => planned.left > 0 && (planned.endpoint === endpoint || planned.endpoint === path));
    if (fault !== undefined) fault.left -= 1;
    return fault;
  }

  hold(endpoint: Fault["endpoint"]): Hold {
    const { promise, resolve } = Promise.withResolvers<void>();
    let waiting = 0;
    const wait = async (): Promise<void> => {
      waiting += 1;
      await promise;
      waiting -= 1;
    };
    const entry = { endpoint, wait };
    this.#holds.add(entry);
    return {
      get waiting() {
        return waiting;
      },
      release: () => {
        this.#holds.delete(entry);
        resolve();
      },
    };
  }

  /** Resolves when nothing holds such a request back any more. */
  async admission(endpoint: ProviderEndpoint, path: string): Promise<void> {
    for (const held of this.#holds) if (held.endpoint === endpoint || held.endpoint === path) await held.wait();
  }
}
