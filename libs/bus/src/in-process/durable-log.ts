import type { Clock } from "@mcp-auth-proxy/contracts";
import type { BusMessage } from "../port.ts";
import { dedupeWindowMs } from "../redelivery.ts";

export interface StoredMessage extends BusMessage {
  readonly messageId: string;
  /** Place in the log, from 1, without gaps. */
  readonly sequence: number;
}

export interface DurableLog {
  /** False when the message id was seen within two minutes: stored once. */
  append(messageId: string, message: BusMessage): boolean;
  /** The first kept message at or after `sequence`. */
  at(sequence: number): StoredMessage | undefined;
}

// Bounds the memory that remembering ids takes; far more than two minutes of a busy gateway.
const maxRememberedIds = 65_536;

/**
 * The last messages, oldest dropped first: memory is bounded whatever the consumers do. Losing messages here loses
 * nothing for good, because the owner's database is the log and consumers catch up from its feed.
 */
export const createDurableLog = (clock: Clock, limits: { readonly maxMessages: number; readonly maxBytes: number }): DurableLog => {
  const kept = new Map<number, StoredMessage>();
  const seenAt = new Map<string, number>();
  let first = 1;
  let last = 0;
  let bytes = 0;

  const forgetOldIds = (now: number): void => {
    for (const [messageId, at] of seenAt) {
      if (now - at < dedupeWindowMs && seenAt.size < maxRememberedIds) return;
      seenAt.delete(messageId);
    }
  };

  const dropOldest = (): void => {
    bytes -= kept.get(first)?.payload.byteLength ?? 0;
    kept.delete(first);
    first += 1;
  };

  return {
    append: (messageId, message) => {
      const now = clock.now();
      forgetOldIds(now);
      if (seenAt.has(messageId)) return false;
      seenAt.set(messageId, now);
      last += 1;
      kept.set(last, { ...message, messageId, sequence: last });
      bytes += message.payload.byteLength;
      while (kept.size > limits.maxMessages || (bytes > limits.maxBytes && kept.size > 1)) dropOldest();
      return true;
    },
    at: (sequence) => kept.get(Math.max(sequence, first)),
  };
};
