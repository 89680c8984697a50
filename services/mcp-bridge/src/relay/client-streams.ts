import type { Caller } from "@mcp-auth-proxy/access-token";
import type { Clock } from "@mcp-auth-proxy/contracts";
import type { BridgeLimits } from "../limits.ts";
import { type EventPlace, readEventId } from "../wire/event-id.ts";
import type { SessionRevision } from "../wire/revisions.ts";
import { Backlog } from "./backlog.ts";
import { EventRing } from "./event-ring.ts";
import { Flow } from "./flow.ts";
import type { Outlet } from "./outlet.ts";
import { StreamTrack } from "./stream-track.ts";

export interface ClientStreamsOptions {
  readonly limits: BridgeLimits;
  readonly clock: Clock;
  /** Marks the event ids of this session; undefined: its streams can not be resumed. */
  readonly tag: string | undefined;
  /** Stop and go on reading what the server says. */
  readonly pause: () => void;
  readonly resume: () => void;
}

const ownStream = 0;

/** Everything that leads to one client: its own stream, those of its requests, and what waits for it or may be asked for again. */
export class ClientStreams {
  readonly #options: ClientStreamsOptions;
  readonly #ring: EventRing;
  readonly #backlog: Backlog;
  readonly #flow: Flow;
  #listening: Outlet | undefined;
  #own: StreamTrack | undefined;
  #lastStream = ownStream;
  /** As the server chose it; known once `initialize` was answered. */
  revision: SessionRevision | undefined;

  constructor(options: ClientStreamsOptions) {
    this.#options = options;
    const { limits } = options;
    this.#ring = new EventRing({ events: limits.replayEvents, bytes: limits.replayBytes, keepMs: limits.replayMs });
    this.#backlog = new Backlog({ messages: limits.queuedMessages, bytes: limits.queuedBytes });
    this.#flow = new Flow(limits.stallMs, options.pause, options.resume);
  }

  /** The session's own stream, while a client holds it. */
  get listening(): Outlet | undefined {
    return this.#listening?.open === true ? this.#listening : undefined;
  }

  get listener(): Caller | undefined {
    return this.#listening?.caller;
  }

  /** Events that are kept for a client that lost a stream. */
  get keptEvents(): number {
    return this.#ring.size;
  }

  /** Takes the response to a request. */
  add(outlet: Outlet, closed: () => void): void {
    this.#lastStream += 1;
    const track = this.#track(this.#lastStream);
    if (track !== undefined) outlet.follow(track);
    this.#watch(outlet, closed);
  }

  /** Takes the session's own stream; an older one is ended, because each message goes to one stream only. */
  listen(outlet: Outlet, after?: EventPlace): void {
    this.#listening?.end();
    this.#listening = outlet;
    this.#watch(outlet, () => {
      if (this.#listening === outlet) this.#listening = undefined;
    });
    this.#own ??= this.#track(ownStream);
    if (this.#own !== undefined && after !== undefined) outlet.resume(this.#own, this.#ring.after(after));
    else if (this.#own !== undefined) outlet.follow(this.#own);
    outlet.openStream();
    this.flush(outlet);
  }

  /** Takes up the stream of a request; `track` while the request is under way. */
  resume(outlet: Outlet, place: EventPlace, track: StreamTrack | undefined, closed: () => void): void {
    const missed = this.#ring.after(place);
    this.#watch(outlet, closed);
    const numbering = track ?? this.#track(place.stream);
    if (numbering !== undefined) outlet.resume(numbering, missed);
    if (track === undefined) outlet.end();
  }

  /** Where in this session an event id points; undefined for another's. */
  placeOf(eventId: string): EventPlace | undefined {
    const { tag } = this.#options;
    const place = tag === undefined ? undefined : readEventId(tag, eventId);
    return place !== undefined && place.stream <= this.#lastStream ? place : undefined;
  }

  isOwn(place: EventPlace): boolean {
    return place.stream === ownStream;
  }

  send(outlet: Outlet, message: Buffer): void {
    if (!outlet.send(message)) this.#flow.full(outlet, this.#options.clock.now());
  }

  /** Sends an answer. One that its client does not take holds the next one back, too. */
  finish(outlet: Outlet, message: Buffer, instead: () => Buffer): void {
    if (!outlet.finish(message, instead)) this.#flow.full(outlet, this.#options.clock.now());
  }

  /** False when there is no room for it. */
  wait(message: Buffer): boolean {
    return this.#backlog.add(message);
  }

  /** Sends what waited. */
  flush(outlet: Outlet): void {
    for (const message of this.#backlog.takeAll()) this.send(outlet, message);
  }

  /** Ends the session's own stream: the client may come back with a token that is still good. */
  endListening(): void {
    this.#listening?.end();
  }

  cutListening(mayNot: (caller: Caller) => boolean): void {
    if (this.#listening !== undefined && mayNot(this.#listening.caller)) this.#listening.cut();
  }

  keepAlive(): void {
    this.#listening?.keepAlive();
  }

  /** Gives up on clients that take nothing, and forgets what nobody has asked for. */
  sweep(now: number): void {
    for (const outlet of this.#flow.stalled(now)) outlet.cut();
    this.#ring.sweep(now);
  }

  #track(stream: number): StreamTrack | undefined {
    const { tag, clock, limits } = this.#options;
    if (tag === undefined) return undefined;
    // Older clients take an event without data for a broken message.
    const priming = this.revision === "2025-11-25" ? { retryMs: limits.reconnectMs } : undefined;
    return new StreamTrack({ tag, stream, ring: this.#ring, clock, priming });
  }

  #watch(outlet: Outlet, closed: () => void): void {
    outlet.watch(
      () => this.#flow.free(outlet),
      () => {
        this.#flow.free(outlet);
        closed();
      },
    );
  }
}
