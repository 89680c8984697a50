import { AnyEventEnvelope, AppError, BusFailure, type ErrorCode, type EventContract, type RequestContract, type ServiceName } from "@mcp-auth-proxy/contracts";
import { attributeNames, createReference, spanNames, type Log, type Tracer } from "@mcp-auth-proxy/telemetry";
import type { Static, TSchema } from "typebox";
import { decode, encode, errorOf, failureOf, outcomeHeader, referenceHeader } from "./codec.ts";
import { maxMessageBytes } from "./message-copy.ts";
import type { Bus, BusMessage, ConsumeOptions, MessageHeaders, Subscription } from "./port.ts";
import { createValidators } from "./validators.ts";

/** Leaves room for the headers of an answer. */
const maxAnswerBytes = maxMessageBytes - 4_096;

/** Failures that an operator wants to know of; the rest is the asker's own affair. */
const ourFault: ReadonlySet<ErrorCode> = new Set(["undecryptable", "no_responders", "timeout", "unavailable"]);

export interface AskOptions {
  readonly signal?: AbortSignal;
  /** Default: the contract's. */
  readonly timeoutMs?: number;
}

export type FollowOptions = Pick<ConsumeOptions, "durable" | "ackWaitMs" | "maxDeliver">;

/** An envelope of an event contract, as sent and as received. */
export type EnvelopeOf<Data extends TSchema> = Static<EventContract<Data>["envelope"]>;

/** The typed layer over the bus: contracts in, validated values out, errors by code, traces carried along. */
export interface Messenger {
  /** Asks the contract's owner. Throws AppError with the code that came back; an unknown code is `internal`. */
  ask<Req extends TSchema, Res extends TSchema>(contract: RequestContract<Req, Res>, body: Static<Req>, options?: AskOptions): Promise<Static<Res>>;
  /** Serves a contract of this service; all its replicas share the work. */
  serve<Req extends TSchema, Res extends TSchema>(contract: RequestContract<Req, Res>, handler: (body: Static<Req>) => Promise<Static<Res>>): Subscription;
  /** Tells a public event of this service: at once to who listens, durably to who follows. Repeats are harmless. */
  announce<Data extends TSchema>(contract: EventContract<Data>, envelope: EnvelopeOf<Data>): Promise<void>;
  /** Durable: every event, at least once; resolving acknowledges. */
  follow<Data extends TSchema>(contract: EventContract<Data>, options: FollowOptions, handler: (envelope: EnvelopeOf<Data>) => Promise<void>): Promise<Subscription>;
  /** Core only: events told while listening, at most once. */
  hear<Data extends TSchema>(contract: EventContract<Data>, handler: (envelope: EnvelopeOf<Data>) => Promise<void> | void): Subscription;
  /** Core publish of a plain body, for a heartbeat. */
  tell<Body extends TSchema>(subject: string, schema: Body, body: Static<Body>): Promise<void>;
  hearPlain<Body extends TSchema>(subject: string, schema: Body, handler: (body: Static<Body>) => Promise<void> | void): Subscription;
}

export interface MessengerOptions {
  readonly bus: Bus;
  readonly service: ServiceName;
  readonly log: Log;
  readonly tracer: Tracer;
}

export const createMessenger = ({ bus, service, log, tracer }: MessengerOptions): Messenger => {
  const validators = createValidators();

  const assertOwn = (owner: ServiceName, subject: string): void => {
    if (owner !== service) throw new AppError("refused", `${subject} belongs to ${owner}, not to ${service}`);
  };

  const receive = <Schema extends TSchema>(schema: Schema, message: BusMessage, code: ErrorCode): Static<Schema> =>
    validators.check(schema, decode(message.payload, code), code);

  const traced = <T>(name: string, message: BusMessage, work: () => Promise<T>): Promise<T> =>
    tracer.continued(message.headers, () => tracer.inSpan(name, { [attributeNames.subject]: message.subject }, work));

  /** What the asker sees of an error; what it does not see goes into our log, under the same reference. */
  const failure = (subject: string, cause: unknown): { payload: Uint8Array; headers: MessageHeaders } => {
    const error = cause instanceof AppError ? cause : new AppError("internal", "unexpected error", cause);
    const reference = createReference();
    const level = error.code === "internal" ? "error" : ourFault.has(error.code) ? "warn" : "debug";
    log[level]({ err: error, subject, reference }, "a bus request failed");
    return { payload: encode(failureOf(error)), headers: { [outcomeHeader]: "failed", [referenceHeader]: reference } };
  };

  const listen = <Schema extends TSchema>(subject: string, schema: Schema, handler: (body: Static<Schema>) => Promise<void> | void): Subscription => {
    validators.prepare(schema);
    return bus.subscribe(subject, async (message) => {
      try {
        await traced(spanNames.busHear(subject), message, async () => handler(receive(schema, message, "bad_request")));
      } catch (cause) {
        // Nobody waits for an answer and nothing comes again: the log is the only place to tell.
        log.error({ err: cause, subject, reference: createReference() }, "a bus listener failed");
      }
    });
  };

  return {
    ask: (contract, body, options = {}) =>
      tracer.inSpan(spanNames.busAsk(contract.subject), { [attributeNames.subject]: contract.subject }, async () => {
        validators.check(contract.request, body, "bad_request");
        const reply = await bus.request(contract.subject, encode(body), {
          headers: tracer.headers(),
          timeoutMs: options.timeoutMs ?? contract.timeoutMs,
          ...(options.signal === undefined ? {} : { signal: options.signal }),
        });
        if (reply.headers[outcomeHeader] === "ok") return receive(contract.response, reply, "internal");
        throw errorOf(receive(BusFailure, reply, "internal"), contract.subject, reply.headers[referenceHeader] ?? "");
      }),

    serve: (contract, handler) => {
      assertOwn(contract.owner, contract.subject);
      validators.prepare(contract.request);
      validators.prepare(contract.response);
      return bus.respond(contract.subject, service, (message) =>
        traced(spanNames.busServe(contract.subject), message, async () => {
          try {
            const answer = await handler(receive(contract.request, message, "bad_request"));
            const payload = encode(validators.check(contract.response, answer, "internal"));
            if (payload.byteLength > maxAnswerBytes) throw new AppError("internal", `an answer of ${payload.byteLength} bytes does not fit a message`);
            return { payload, headers: { [outcomeHeader]: "ok" } };
          } catch (cause) {
            return failure(contract.subject, cause);
          }
        }),
      );
    },

    announce: async (contract, envelope) => {
      assertOwn(contract.owner, contract.subject);
      validators.check(contract.envelope, envelope, "bad_request");
      // The schema promises an id; the general envelope says so in a way that does not depend on the event's data.
      const { id } = validators.check(AnyEventEnvelope, envelope, "bad_request");
      await tracer.inSpan(spanNames.busAnnounce(contract.subject), { [attributeNames.subject]: contract.subject }, async () => {
        const payload = encode(envelope);
        // Core first: a revocation must be heard now, even while the durable side is slow or away.
        await bus.publish(contract.subject, payload, tracer.headers());
        await bus.emit(contract.subject, id, payload, tracer.headers());
      });
    },

    follow: (contract, options, handler) => {
      validators.prepare(contract.envelope);
      return bus.consume(
        {
          ...options,
          filter: contract.subject,
          onGivenUp: (message, cause) =>
            log.error({ err: cause, subject: message.subject, messageId: message.messageId, durable: options.durable, deliveries: message.deliveries }, "an event was given up"),
        },
        (message) =>
          traced(spanNames.busFollow(contract.subject), message, async () => {
            try {
              await handler(receive(contract.envelope, message, "bad_request"));
            } catch (cause) {
              log.warn({ err: cause, subject: message.subject, messageId: message.messageId, durable: options.durable, deliveries: message.deliveries }, "an event was not handled");
              throw cause;
            }
          }),
      );
    },

    hear: (contract, handler) => listen(contract.subject, contract.envelope, handler),

    tell: async (subject, schema, body) => {
      validators.check(schema, body, "bad_request");
      await bus.publish(subject, encode(body), tracer.headers());
    },

    hearPlain: listen,
  };
};
