import { AsyncLocalStorage } from "node:async_hooks";
import { AppError } from "@mcp-auth-proxy/contracts";
import { copyMessage } from "../message-copy.ts";
import type { BusMessage, Subscription } from "../port.ts";
import { assertPattern, matches } from "../subject-pattern.ts";
import { createUnderWay } from "./under-way.ts";

type Deliver = (message: BusMessage, reply: Reply) => Promise<void>;
/** Where an answer goes; a plain publish has nobody waiting and drops it. */
export type Reply = (answer: BusMessage | undefined) => void;

interface Listener {
  readonly pattern: string;
  readonly queue: string | undefined;
  /** False when so much is under way that the message is dropped. */
  accept(message: BusMessage, reply: Reply): boolean;
}

/** Messages under way per subscription: a listener that does not keep up loses the rest, as a slow consumer does. */
const maxUnderWay = 8_192;

export interface Interest {
  add(pattern: string, queue: string | undefined, deliver: Deliver): Subscription;
  /** Hands the message to every listener and to one of each queue group; answers how many that were. */
  send(message: BusMessage, reply: Reply): number;
  stopAll(): Promise<void>;
}

/** Who listens to what now: the routing table that a core NATS server keeps. */
export const createInterest = (onHandlerError: (subject: string, cause: unknown) => void): Interest => {
  const listeners = new Set<Listener>();
  const subscriptions = new Set<Subscription>();
  const turns = new Map<string, number>();
  // A handler must not see the sender's async context (an open transaction, a span): a socket would not carry it.
  const outside = AsyncLocalStorage.snapshot();

  const oneOf = (queue: string, members: readonly Listener[]): Listener | undefined => {
    const turn = turns.get(queue) ?? 0;
    turns.set(queue, turn + 1);
    return members[turn % members.length];
  };

  const receivers = (subject: string): readonly Listener[] => {
    const interested = [...listeners].filter((listener) => matches(listener.pattern, subject));
    const groups = Map.groupBy(interested, (listener) => listener.queue);
    return [...groups].flatMap(([queue, members]) => {
      if (queue === undefined) return members;
      const member = oneOf(queue, members);
      return member === undefined ? [] : [member];
    });
  };

  return {
    add: (pattern, queue, deliver) => {
      assertPattern(pattern);
      const underWay = createUnderWay();
      const listener: Listener = {
        pattern,
        queue,
        accept: (message, reply) => {
          if (underWay.size() >= maxUnderWay) {
            onHandlerError(message.subject, new AppError("limit_exceeded", "a slow listener lost a message"));
            return false;
          }
          const run = new Promise<void>((resolve) => {
            const started = (): void => {
              deliver(message, reply)
                .catch((cause: unknown) => onHandlerError(message.subject, cause))
                .finally(resolve);
            };
            outside(() => setImmediate(started));
          });
          underWay.track(run);
          return true;
        },
      };
      const subscription: Subscription = {
        stop: async () => {
          listeners.delete(listener);
          subscriptions.delete(subscription);
          await underWay.idle();
        },
      };
      listeners.add(listener);
      subscriptions.add(subscription);
      return subscription;
    },
    send: (message, reply) => {
      const accepted = receivers(message.subject).filter((listener) =>
        listener.accept(copyMessage(message.subject, message.payload, message.headers), reply),
      );
      return accepted.length;
    },
    stopAll: async () => {
      await Promise.all([...subscriptions].map((subscription) => subscription.stop()));
    },
  };
};
