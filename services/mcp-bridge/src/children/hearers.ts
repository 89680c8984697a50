import type { Log } from "@mcp-auth-proxy/telemetry";
import { isAboutARequest, isAboutEverybody } from "../relay/routing.ts";
import { Attribution } from "./attribution.ts";
import type { Seat } from "./seat.ts";
import type { SeatSettings } from "./seat-settings.ts";
import type { SeatedRequests } from "./seated-requests.ts";

export interface HearersOptions {
  readonly seats: ReadonlySet<Seat>;
  readonly requests: SeatedRequests;
  readonly settings: SeatSettings;
  /** Whether everybody at it is the same person with the same client, who may see what is for one of his sessions. */
  readonly onePerson: boolean;
  readonly log: Log;
}

/** Who at a shared process hears what it says without naming a request. */
export class Hearers {
  readonly #options: HearersOptions;
  readonly #attribution: Attribution;
  #warned = false;

  constructor(options: HearersOptions) {
    this.#options = options;
    this.#attribution = new Attribution(options.onePerson);
  }

  /** The process has been told something by this session. */
  worksFor(seat: Seat): void {
    this.#attribution.worksFor(seat);
  }

  /** The one session that a message must be about; undefined where it may be about several, and is nobody's to hear. */
  causeOf(method: string): Seat | undefined {
    const { seats, requests, onePerson, log } = this.#options;
    const cause = this.#attribution.cause(seats, requests.seats);
    if (cause === undefined && !onePerson && !this.#warned) {
      this.#warned = true;
      log.warn({ method: method.slice(0, 100) }, "a message of a shared server was dropped: nothing says which session it is about");
    }
    return cause;
  }

  ofNotification(method: string, line: Buffer): readonly Seat[] {
    const { seats, settings, onePerson } = this.#options;
    if (method === "notifications/resources/updated") return settings.subscribersTo(line);
    if (isAboutEverybody(method) || (onePerson && !isAboutARequest(method))) return [...seats];
    const cause = this.causeOf(method);
    const hearers = cause !== undefined ? [cause] : onePerson ? [...seats] : [];
    return method === "notifications/message" ? hearers.filter((seat) => settings.isSevereEnoughFor(seat, line)) : hearers;
  }
}
