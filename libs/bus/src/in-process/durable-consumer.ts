import { AsyncLocalStorage } from "node:async_hooks";
import { AppError } from "@mcp-auth-proxy/contracts";
import { copyMessage } from "../message-copy.ts";
import type { ConsumeOptions, DurableMessage, Subscription } from "../port.ts";
import { defaultAckWaitMs, defaultMaxDeliver, redeliveryDelayMs } from "../redelivery.ts";
import { matches } from "../subject-pattern.ts";
import type { DurableLog, StoredMessage } from "./durable-log.ts";
import { createUnderWay, type UnderWay } from "./under-way.ts";

type Handler = (message: DurableMessage) => Promise<void>;

/** A message that left the log and was not acknowledged yet. */
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
  readonly underWay: UnderWay;
  busy: boolean;
}

export interface DurableConsumer {
  readonly filter: string;
  join(options: ConsumeOptions, handler: Handler): Subscription;
  /** Something was stored: deliver what is due to whoever is free. */
  wake(): void;
  close(): Promise<void>;
}

/** JetStream's default for `max_ack_pending`: no new message while so many wait for another delivery. */
const maxOutstanding = 1_000;

/** One named place in the log. Its members share the work; each handles one message at a time, in order. */
export const createDurableConsumer = (
  filter: string,
  log: DurableLog,
  onHandlerError: (subject: string, cause: unknown) => void,
): DurableConsumer => {
  const members = new Set<Member>();
  const outstanding = new Map<number, Outstanding>();
  const outside = AsyncLocalStorage.snapshot();
  let next = 1;

  const nextNew = (): Outstanding | undefined => {
    if (outstanding.size >= maxOutstanding) return undefined;
    for (let message = log.at(next); message !== undefined; message = log.at(next)) {
      next = message.sequence + 1;
      if (!matches(filter, message.subject)) continue;
      const entry: Outstanding = { message, deliveries: 0, due: false, timer: undefined };
      outstanding.set(message.sequence, entry);
      return entry;
    }
    return undefined;
  };

  const nextDue = (): Outstanding | undefined => {
    for (const entry of outstanding.values()) if (entry.due) return entry;
    return nextNew();
  };

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

  const isLast = (entry: Outstanding, member: Member): boolean => entry.deliveries >= (member.options.maxDeliver ?? defaultMaxDeliver);

  const giveUp = (entry: Outstanding, member: Member, message: DurableMessage, cause: unknown): void => {
    release(entry);
    try {
      member.options.onGivenUp?.(message, cause);
    } catch (error) {
      onHandlerError(message.subject, error);
    }
    wake();
  };

  /** The member acknowledges by its deadline, or the message goes to whoever is free. A late acknowledgement still counts. */
  const expectAnswer = (entry: Outstanding, member: Member, message: DurableMessage): void => {
    entry.timer = setTimeout(() => {
      if (isLast(entry, member)) giveUp(entry, member, message, new AppError("timeout", "not acknowledged in time"));
      else redeliverIn(entry, 0);
    }, member.options.ackWaitMs ?? defaultAckWaitMs);
  };

  const deliver = async (member: Member, entry: Outstanding): Promise<void> => {
    const copy = copyMessage(entry.message.subject, entry.message.payload, entry.message.headers);
    const message: DurableMessage = { ...copy, messageId: entry.message.messageId, deliveries: entry.deliveries };
    expectAnswer(entry, member, message);
    try {
      await member.handler(message);
      release(entry);
    } catch (cause) {
      // Acknowledged, given up, or delivered again meanwhile: this outcome no longer counts.
      const counts = outstanding.get(entry.message.sequence) === entry && entry.deliveries === message.deliveries && !entry.due;
      if (counts && isLast(entry, member)) giveUp(entry, member, message, cause);
      else if (counts) redeliverIn(entry, redeliveryDelayMs(entry.deliveries));
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
      entry.due = false;
      entry.deliveries += 1;
      const run = new Promise<void>((resolve) => {
        outside(() => setImmediate(() => void deliver(member, entry).finally(resolve)));
      });
      member.underWay.track(run);
    }
  };

  return {
    filter,
    wake,
    join: (options, handler) => {
      const member: Member = { options, handler, underWay: createUnderWay(), busy: false };
      members.add(member);
      wake();
      return {
        stop: async () => {
          members.delete(member);
          await member.underWay.idle();
        },
      };
    },
    close: async () => {
      const leaving = [...members];
      members.clear();
      await Promise.all(leaving.map((member) => member.underWay.idle()));
      for (const entry of outstanding.values()) clearTimeout(entry.timer);
    },
  };
};
