import { Type, type Static, type TSchema } from "typebox";

/** Who caused an event: ids only, never a name or an address. The id of a client may be a URL. */
export const EventMeta = Type.Object({
  correlationId: Type.String({ minLength: 1, maxLength: 128 }),
  causationId: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  actor: Type.String({ minLength: 1, maxLength: 512 }),
});
export type EventMeta = Static<typeof EventMeta>;

/**
 * The one shape in which events travel. `id` is a UUIDv7 and the JetStream message id; `at` is epoch ms;
 * (streamId, streamVersion) is unique and starts at 1. Unknown fields are kept, so that an older service
 * relays what a newer one added.
 */
export const eventEnvelope = <Data extends TSchema>(type: string, schema: number, data: Data) =>
  Type.Object({
    id: Type.String({ format: "uuid" }),
    type: Type.Literal(type),
    schema: Type.Literal(schema),
    streamId: Type.String({ minLength: 1, maxLength: 200 }),
    streamVersion: Type.Integer({ minimum: 1 }),
    at: Type.Integer({ minimum: 0 }),
    data,
    meta: EventMeta,
  });

/** The same for a reader that has not looked at the type yet. */
export const AnyEventEnvelope = Type.Object({
  id: Type.String({ format: "uuid" }),
  type: Type.String({ minLength: 1, maxLength: 100 }),
  schema: Type.Integer({ minimum: 1 }),
  streamId: Type.String({ minLength: 1, maxLength: 200 }),
  streamVersion: Type.Integer({ minimum: 1 }),
  at: Type.Integer({ minimum: 0 }),
  data: Type.Record(Type.String(), Type.Unknown()),
  meta: EventMeta,
});
export type AnyEventEnvelope = Static<typeof AnyEventEnvelope>;

/** What a failed command or query answers over the bus. */
export const BusFailure = Type.Object({
  code: Type.String(),
  message: Type.String({ maxLength: 200 }),
  retryable: Type.Boolean(),
});
export type BusFailure = Static<typeof BusFailure>;
