import { AsyncLocalStorage } from "node:async_hooks";
import { AppError } from "@mcp-auth-proxy/contracts";
import { copyMessage } from "../message-copy.ts";
import type { ConsumeOptions, DurableMessage, Subscription } from "../port.ts";
import { defaultAckWaitMs, defaultMaxDeliver, redeliveryDelayMs } from "../redelivery.ts";
import { matches } from "../subject-pattern.ts";
import type { DurableLog, StoredMessage } from "./durable-log.ts";
import { createUnderWay } from "./under-way.ts";

type Handler = (message: DurableMessage) => Promise<void>;

interface Outstanding {
  readonly message: StoredMessage;
  deliveries: number;
  /** Waiting to be delivered again, as opposed to being with a member. */
  due: boolean;
  timer: NodeJS.Timeout | undefined;
}

interface Member {
  readonly options: ConsumeOptions;
  readonly handler: Handler;
  busy: boolean;
}

export interface DurableConsumer {
  readonly filter: string;
  join(options: ConsumeOptions, handler: Handler): Subscription;
  /** Something was stored: deliver what is due to whoever is free. */
  wake(): void;
  close(): Promise<void>;
}

/** One named place in the log. Its members share the work; each handles one message at a time, in order. */
export const createDurableConsumer = (filter: string, log: DurableLog): DurableConsumer => {
  const members = new Set<Member>();
  const outstanding = new Map<number, Outstanding>();
  const underWay = createUnderWay();
  const outside = AsyncLocalStorage.snapshot();
  let next = 1;

  const nextNew = (): Outstanding | undefined => {
    for (let message = log.at(next); message !== undefined; message = log.at(next)) {
      next = message.sequence + 1;
      if (!matches(filter, message.subject)) continue;
      const entry: Outstanding = { message, deliveries: 0, due: false, timer: undefined };
      outstanding.set(message.sequence, entry);
      return entry;
    }
    return undefined;
  };

  const nextDue = (): Outstanding | undefined => [...outstanding.values()].find((entry) => entry.due) ?? nextNew();

  const release = (entry: Outstanding): void => {
    clearTimeout(entry.timer);
    outstanding.delete(entry.message.sequence);
  };

  const redeliverIn = (entry: Outstanding, delayMs: number): void => {
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => {
      entry.due = true;
      wake();
    }, delayMs);
  };

  const failed = (entry: Outstanding, member: Member, message: DurableMessage, cause: unknown): void => {
    // Acknowledged, given up, or with another member meanwhile: this outcome no longer counts.
    if (outstanding.get(entry.message.sequence) !== entry || entry.deliveries !== message.deliveries || entry.due) return;
    if (entry.deliveries >= (member.options.maxDeliver ?? defaultMaxDeliver)) {
      release(entry);
      member.options.onGivenUp?.(message, cause);
      return;
    }
    redeliverIn(entry, redeliveryDelayMs(entry.deliveries));
  };

  const deliver = async (member: Member, entry: Outstanding): Promise<void> => {
    entry.deliveries += 1;
    entry.due = false;
    const copy = copyMessage(entry.message.subject, entry.message.payload, entry.message.headers);
    const message: DurableMessage = { ...copy, messageId: entry.message.messageId, deliveries: entry.deliveries };
    const ackWaitMs = member.options.ackWaitMs ?? defaultAckWaitMs;
    entry.timer = setTimeout(() => {
      if (entry.deliveries < (member.options.maxDeliver ?? defaultMaxDeliver)) redeliverIn(entry, 0);
      else failed(entry, member, message, new AppError("timeout", "not acknowledged in time"));
    }, ackWaitMs);
    try {
      await member.handler(message);
      release(entry);
    } catch (cause) {
      failed(entry, member, message, cause);
    } finally {
      member.busy = false;
      wake();
    }
  };

  const wake = (): void => {
    for (const member of members) {
      if (member.busy) continue;
      const entry = nextDue();
      if (entry === undefined) return;
      member.busy = true;
      const run = new Promise<void>((resolve) => {
        outside(() => setImmediate(() => void deliver(member, entry).finally(resolve)));
      });
      void underWay.track(run);
    }
  };

  return {
    filter,
    wake,
    join: (options, handler) => {
      const member: Member = { options, handler, busy: false };
      members.add(member);
      wake();
      return {
        stop: async () => {
          members.delete(member);
          await underWay.idle();
        },
      };
    },
    close: async () => {
      members.clear();
      for (const entry of outstanding.values()) clearTimeout(entry.timer);
      await underWay.idle();
      for (const entry of outstanding.values()) clearTimeout(entry.timer);
    },
  };
};
