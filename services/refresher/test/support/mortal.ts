import type { Bus, Subscription } from "@mcp-auth-proxy/bus";
import type { EventStore } from "@mcp-auth-proxy/event-store";
import type { ProviderOutbound } from "@mcp-auth-proxy/http";
import type { ReplicaOptions } from "./world.ts";

/** What everything that a dead process still asks for ends with: nothing that it does has an effect any more. */
class Killed extends Error {}

/** Counts the steps of one or several processes, and kills the one that takes the fatal one. */
export class Fate {
  #fatal: number | undefined;
  #count = 0;
  /** Of all processes, ever: where it stands still, nobody does anything. */
  steps = 0;

  /** From now on steps count; before the one of this number its process dies. */
  arm(fatal: number): void {
    this.#fatal = fatal;
    this.#count = 0;
  }

  disarm(): void {
    this.#fatal = undefined;
  }

  isFatal(): boolean {
    this.steps += 1;
    if (this.#fatal === undefined) return false;
    this.#count += 1;
    return this.#count === this.#fatal;
  }
}

/** A process that is killed as by SIGKILL: between two of its steps, and with no chance to say goodbye. */
export class Mortal {
  readonly #fate: Fate;
  readonly #subscriptions: Subscription[] = [];
  dead = false;

  constructor(fate: Fate) {
    this.#fate = fate;
  }

  /** Store, bus and network of this process: every transaction, question and request is a step, and so is every answer of a provider. */
  of({ store, bus, outbound }: { readonly store: EventStore; readonly bus: Bus; readonly outbound: ProviderOutbound }): ReplicaOptions {
    const step = this.#step.bind(this);
    const kept = (subscription: Subscription): Subscription => {
      this.#subscriptions.push(subscription);
      return subscription;
    };
    return {
      store: {
        logEpoch: store.logEpoch,
        shared: store.shared,
        get sql() {
          return store.sql;
        },
        readFeed: (after, limit) => store.readFeed(after, limit),
        head: () => store.head(),
        onCommitted: (listener) => store.onCommitted(listener),
        rebuild: () => store.rebuild(),
        close: () => store.close(),
        transact: async (work) => {
          step();
          return store.transact(work);
        },
      },
      bus: {
        ...bus,
        request: async (subject, payload, options) => {
          step();
          return bus.request(subject, payload, options);
        },
        respond: (subject, queue, handler) => kept(bus.respond(subject, queue, handler)),
        consume: async (options, handler) => kept(await bus.consume(options, handler)),
      },
      outbound: {
        mayGoTo: (url) => outbound.mayGoTo(url),
        send: async (url, request) => {
          step();
          const answer = await outbound.send(url, request);
          step();
          return answer;
        },
      },
    };
  }

  #step(): void {
    if (!this.dead && this.#fate.isFatal()) {
      this.dead = true;
      for (const subscription of this.#subscriptions) void subscription.stop();
    }
    if (this.dead) throw new Killed("this process was killed");
  }
}
