import type { Request } from "../relay/posted.ts";
import { relayErrors } from "../relay/relay-errors.ts";
import type { JsonRpcError } from "../wire/json-rpc.ts";
import { memberOf } from "../wire/members.ts";
import { isSevereEnough } from "./introduction.ts";
import type { Seat } from "./seat.ts";
import { type SubscriptionLimits, Subscriptions } from "./subscriptions.ts";

/** The outcome of a request that the process need not, or must not, hear of. */
export type Settled = { readonly result: Buffer } | { readonly error: JsonRpcError };

/** What the sessions at one process want of it: the process is told what is the widest of it, each session hears its own. */
export class SeatSettings {
  readonly #subscriptions: Subscriptions;
  #level: string | undefined;

  constructor(most: SubscriptionLimits) {
    this.#subscriptions = new Subscriptions(most);
  }

  /** Undefined for a request that is the process's to answer; `introduced`: how the process introduced itself. */
  settle(seat: Seat, line: Buffer, { method }: Request, introduced: Buffer | undefined): Settled | undefined {
    switch (method) {
      case "initialize":
        seat.capabilities = new Set(Object.keys(recordIn(paramIn(line, "capabilities"))));
        return introduced === undefined ? undefined : { result: introduced };
      case "logging/setLevel": {
        const level = textIn(line, "level");
        seat.level = level;
        if (this.#level !== undefined && isSevereEnough(level, this.#level)) return done;
        this.#level = level;
        return undefined;
      }
      case "resources/subscribe":
        return this.#subscriptions.add(textIn(line, "uri"), seat) ? undefined : { error: relayErrors.tooManySubscriptions };
      case "resources/unsubscribe":
        return this.#subscriptions.remove(textIn(line, "uri"), seat) ? undefined : done;
      default:
        return undefined;
    }
  }

  /** Who wants to hear of the resource that a notification is about. */
  subscribersTo(notification: Buffer): readonly Seat[] {
    return this.#subscriptions.of(textIn(notification, "uri"));
  }

  /** Whether a session wants to see a log message. */
  isSevereEnoughFor(seat: Seat, notification: Buffer): boolean {
    return seat.level === undefined || isSevereEnough(textIn(notification, "level"), seat.level);
  }

  forget(seat: Seat): void {
    this.#subscriptions.forget(seat);
  }
}

const nothing = Buffer.from("{}");
const done: Settled = { result: nothing };

const paramIn = (message: Buffer, name: string): Buffer | undefined => memberOf(memberOf(message, "params") ?? nothing, name);

/** As it is written, in JSON. */
const textIn = (message: Buffer, name: string): string => paramIn(message, name)?.toString("utf8") ?? "";

const recordIn = (json: Buffer | undefined): Readonly<Record<string, unknown>> => {
  const value: unknown = json === undefined ? undefined : JSON.parse(json.toString("utf8"));
  return typeof value === "object" && value !== null ? { ...value } : {};
};
