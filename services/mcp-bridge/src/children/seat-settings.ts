import type { Request } from "../relay/posted.ts";
import { memberOf } from "../wire/members.ts";
import { isSevereEnough } from "./introduction.ts";
import type { Seat } from "./seat.ts";
import { Subscriptions } from "./subscriptions.ts";

/** What the sessions at one process want of it: the process is told what is the widest of it, each session hears its own. */
export class SeatSettings {
  readonly #subscriptions = new Subscriptions();
  #level: string | undefined;

  /** The result of a request that must not, or need not, reach the process; `introduced`: how the process introduced itself. */
  answer(seat: Seat, line: Buffer, { method }: Request, introduced: Buffer | undefined): Buffer | undefined {
    switch (method) {
      case "initialize":
        seat.capabilities = new Set(Object.keys(recordIn(paramIn(line, "capabilities"))));
        return introduced;
      case "logging/setLevel": {
        const level = textIn(line, "level");
        seat.level = level;
        if (this.#level !== undefined && isSevereEnough(level, this.#level)) return nothing;
        this.#level = level;
        return undefined;
      }
      case "resources/subscribe":
        this.#subscriptions.add(textIn(line, "uri"), seat);
        return undefined;
      case "resources/unsubscribe":
        return this.#subscriptions.remove(textIn(line, "uri"), seat) ? undefined : nothing;
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

const paramIn = (message: Buffer, name: string): Buffer | undefined => memberOf(memberOf(message, "params") ?? nothing, name);

/** As it is written, in JSON. */
const textIn = (message: Buffer, name: string): string => paramIn(message, name)?.toString("utf8") ?? "";

const recordIn = (json: Buffer | undefined): Readonly<Record<string, unknown>> => {
  const value: unknown = json === undefined ? undefined : JSON.parse(json.toString("utf8"));
  return typeof value === "object" && value !== null ? { ...value } : {};
};
