import { AppError, systemClock, type Clock } from "@mcp-auth-proxy/contracts";
import { copyMessage } from "../message-copy.ts";
import type { Bus } from "../port.ts";
import { assertPattern, assertSubject } from "../subject-pattern.ts";
import { createDurableConsumer, type DurableConsumer } from "./durable-consumer.ts";
import { createDurableLog } from "./durable-log.ts";
import { createInterest } from "./interest.ts";
import { askOnce } from "./request.ts";

export interface InProcessBusOptions {
  /** Decides how long message ids are remembered. Timeouts run on the process's own timers. */
  readonly clock?: Clock;
  /** The durable log's bounds. Default 4,096 messages and 16 MiB. */
  readonly durableLimits?: { readonly maxMessages: number; readonly maxBytes: number };
  /** Told when a handler throws; the typed layer above catches and logs, so the default does nothing. */
  readonly onHandlerError?: (subject: string, cause: unknown) => void;
}

const durableName = /^[A-Za-z0-9_-]{1,64}$/;

/** The bus of the embedded default: one process, the manners of a NATS server. */
export const createInProcessBus = (options: InProcessBusOptions = {}): Bus => {
  const onHandlerError = options.onHandlerError ?? (() => undefined);
  const interest = createInterest(onHandlerError);
  const log = createDurableLog(options.clock ?? systemClock, options.durableLimits ?? { maxMessages: 4_096, maxBytes: 16 * 1_048_576 });
  const consumers = new Map<string, DurableConsumer>();
  const ended = new AbortController();
  let closing = false;

  const assertOpen = (): void => {
    if (closing) throw new AppError("unavailable", "the bus was closed");
  };
  const outgoing: typeof copyMessage = (subject, payload, headers) => {
    if (ended.signal.aborted) throw new AppError("unavailable", "the bus was closed");
    assertSubject(subject);
    return copyMessage(subject, payload, headers);
  };

  return {
    request: async (subject, payload, requestOptions = {}) =>
      askOnce(interest, outgoing(subject, payload, requestOptions.headers), requestOptions, ended.signal),

    respond: (subject, queue, handler) => {
      assertOpen();
      return interest.add(subject, queue, async (message, reply) => {
        try {
          const answer = await handler(message);
          reply(copyMessage(message.subject, answer.payload, answer.headers));
        } catch (cause) {
          reply(undefined);
          throw cause;
        }
      });
    },

    publish: async (subject, payload, headers) => {
      interest.send(outgoing(subject, payload, headers), () => undefined);
    },

    subscribe: (subject, handler, queue) => {
      assertOpen();
      return interest.add(subject, queue, async (message) => handler(message));
    },

    emit: async (subject, messageId, payload, headers) => {
      const message = outgoing(subject, payload, headers);
      if (messageId === "") throw new AppError("bad_request", "a durable message needs an id");
      if (log.append(messageId, message)) for (const consumer of consumers.values()) consumer.wake();
    },

    consume: async (consumeOptions, handler) => {
      assertOpen();
      assertPattern(consumeOptions.filter);
      const { durable, filter } = consumeOptions;
      if (!durableName.test(durable)) throw new AppError("bad_request", "not a name for a durable consumer");
      const consumer = consumers.get(durable) ?? createDurableConsumer(filter, log, onHandlerError);
      if (consumer.filter !== filter) throw new AppError("conflict", `durable consumer ${durable} has another filter`);
      consumers.set(durable, consumer);
      return consumer.join(consumeOptions, handler);
    },

    close: async () => {
      closing = true;
      await Promise.all([interest.stopAll(), ...[...consumers.values()].map((consumer) => consumer.close())]);
      ended.abort();
    },
  };
};
