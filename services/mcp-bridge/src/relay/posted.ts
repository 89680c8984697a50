import type { Envelope } from "../wire/envelope.ts";

export type Request = Extract<Envelope, { kind: "request" }>;
export type Notification = Extract<Envelope, { kind: "notification" }>;

/** A message with what is known of it. */
export interface Posted<E extends Envelope = Envelope> {
  readonly envelope: E;
  readonly bytes: Buffer;
}

/** Why a message was not taken. */
export type Untaken = "duplicate_id" | "too_many" | "not_reading";
