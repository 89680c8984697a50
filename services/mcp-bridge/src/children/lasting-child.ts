import type { Clock } from "@mcp-auth-proxy/contracts";
import type { BridgeLimits } from "../limits.ts";
import type { Upstream, UpstreamEnd, UpstreamListener } from "../relay/upstream.ts";
import { type Envelope, readEnvelope } from "../wire/envelope.ts";
import { errorMessage, type IdKey, idKey, jsonRpcCodes, resultMessage } from "../wire/json-rpc.ts";
import { toOneLine } from "../wire/one-line.ts";
import { Backoff } from "./backoff.ts";
import type { Child, ChildListener } from "./child.ts";
import { Flights } from "./flights.ts";
import { Rehearsal } from "./rehearsal.ts";
import { RetiringChild } from "./retiring-child.ts";

export interface LastingChildOptions {
  /** Undefined: there is no room for another process. */
  readonly start: (listener: ChildListener) => Child | undefined;
  readonly limits: BridgeLimits;
  readonly clock: Clock;
  /** `stateful`: what the process knew can not be had again, and its end is the session's. `stateless`: it ends while nobody needs it. */
  readonly memory: "stateful" | "stateless" | "usual";
  /** Whether a process may have to make room for another one while it works. */
  readonly replaceable?: boolean;
  readonly listener: UpstreamListener;
}

/** `opening`: `initialize` was not answered yet. `reviving`: a new process is told what the former one knew. `down`: there is none. */
type Phase = "opening" | "live" | "reviving" | "down" | "over";

interface Held {
  readonly bytes: Buffer;
  readonly envelope: Envelope;
}

/**
 * A session's server process that may end and be started again and looks like one that never did, except that what was
 * under way when it ended is lost. Nothing is ever sent twice but what the session needs to come about.
 */
export class LastingChild implements Upstream {
  readonly #options: LastingChildOptions;
  readonly #rehearsal: Rehearsal;
  readonly #backoff: Backoff;
  #phase: Phase = "opening";
  #child: Child | undefined;
  #startedAt = 0;
  #usedAt = 0;
  #paused = false;
  #held: Held[] = [];
  #heldBytes = 0;
  /** Answers that a new process owes before it counts as revived. */
  #owed = new Set<IdKey>();
  /** What is under way at the process there is; only known where it may be replaced. */
  #flights: Flights | undefined;
  readonly #retiring = new Map<Child, RetiringChild>();
  /** The process there is came up too late to be the right one. */
  #outdated = false;

  constructor(options: LastingChildOptions) {
    this.#options = options;
    const { limits } = options;
    this.#rehearsal = new Rehearsal({ settings: limits.rehearsedSettings, bytes: limits.rehearsedBytes });
    this.#backoff = new Backoff({ firstMs: limits.respawnMs, mostMs: limits.respawnMostMs, steadyMs: limits.steadyMs });
    if (!this.#start()) queueMicrotask(() => this.#end({ kind: "no-room" }));
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  send(line: Buffer, envelope: Envelope): boolean {
    if (this.#phase === "over") return false;
    this.#usedAt = this.#options.clock.now();
    for (const retiring of this.#retiring.values()) if (retiring.take(line)) return true;
    this.#rehearsal.note(envelope, line);
    if (this.#phase === "down") {
      // Only a request is worth a process: whatever else was said meant the one that is gone.
      if (envelope.kind !== "request") return true;
      this.#revive();
    }
    if (this.#phase === "reviving") return this.#hold(line, envelope);
    return this.#child === undefined || this.#say(line);
  }

  /**
   * The next process gets something else than this one did: what is under way ends here, everything new goes to the
   * next. A process that can not be followed by another ends, and its session with it, once nothing is under way.
   */
  replace(): void {
    if (this.#phase === "over" || this.#phase === "down") return;
    this.#outdated = true;
    if (this.#phase === "live") this.#replaceNow();
  }

  pause(): void {
    this.#paused = true;
    if (this.#phase !== "reviving") this.#child?.pause();
    for (const retiring of this.#retiring.values()) retiring.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#child?.resume();
    for (const retiring of this.#retiring.values()) retiring.resume();
  }

  /** Ends a process that nobody needs, where it knows nothing, and one that does not come up. */
  sweep(now: number, busy: boolean): void {
    const { limits, memory } = this.#options;
    if (this.#phase === "reviving" && this.#startedAt + limits.initializeMs <= now) this.#lose({ kind: "exited", code: undefined, signal: undefined });
    if (memory !== "stateless" || busy || this.#phase !== "live" || !this.#rehearsal.possible) return;
    if (this.#usedAt + limits.hibernateMs > now) return;
    this.#phase = "down";
    this.#leave();
  }

  async end(): Promise<void> {
    const child = this.#child;
    const retiring = [...this.#retiring.values()];
    this.#end({ kind: "told-to" });
    await Promise.all([child?.end(), ...retiring.map((former) => former.end())]);
  }

  #start(): boolean {
    const child = this.#options.start({
      line: (line) => {
        if (this.#child === child) this.#onLine(line);
        else if (child !== undefined) this.#retiring.get(child)?.line(line);
      },
      ended: (end) => {
        if (this.#child === child) this.#onEnded(end);
        else if (child !== undefined) this.#retiring.get(child)?.ended();
      },
    });
    this.#child = child;
    this.#outdated = false;
    this.#flights = this.#options.replaceable === true ? new Flights() : undefined;
    this.#startedAt = this.#usedAt = this.#options.clock.now();
    return child !== undefined;
  }

  #revive(): void {
    const { clock } = this.#options;
    const opening = this.#rehearsal.initialize;
    this.#phase = "reviving";
    this.#owed = new Set(this.#rehearsal.requestIds);
    const problem = this.#backoff.ready(clock.now()) ? (this.#start() ? undefined : "no-room") : "backing-off";
    if (problem === undefined && opening !== undefined) this.#child?.send(opening.bytes);
    // Not at once: whoever sends has not noted yet that it waits.
    else queueMicrotask(() => this.#interrupt({ kind: problem ?? "no-room" }));
  }

  #say(line: Buffer): boolean {
    if (this.#child?.send(line) !== true) return false;
    this.#flights?.sent(line);
    this.#endIfOutdated();
    return true;
  }

  #replaceNow(): void {
    const [child, flights] = [this.#child, this.#flights];
    if (this.#options.memory === "stateful" || !this.#rehearsal.possible || child === undefined || flights === undefined) {
      this.#endIfOutdated();
      return;
    }
    this.#child = undefined;
    this.#phase = "down";
    const retiring = new RetiringChild({
      child,
      flights,
      tell: (line) => this.#options.listener.line(line),
      isAsked: (id) => this.#flights?.asks(id) === true || [...this.#retiring].some(([other, former]) => other !== child && former.asks(id)),
      done: () => this.#retiring.delete(child),
    });
    if (!flights.idle) this.#retiring.set(child, retiring);
  }

  #endIfOutdated(): void {
    if (this.#outdated && this.#phase === "live" && this.#flights?.idle !== false) this.#end({ kind: "changed" });
  }

  #hold(line: Buffer, envelope: Envelope): boolean {
    if (this.#heldBytes + line.length > this.#options.limits.stdinBytes) return false;
    this.#held.push({ bytes: Buffer.from(line), envelope });
    this.#heldBytes += line.length;
    return true;
  }

  #onLine(line: Buffer): void {
    if (this.#phase === "reviving") this.#onRevivingLine(line);
    else {
      if (this.#phase === "opening") this.#lookForIntroduction(line);
      if (this.#flights === undefined) this.#options.listener.line(line);
      else this.#onWatchedLine(line, this.#flights);
    }
  }

  #onWatchedLine(line: Buffer, flights: Flights): void {
    const read = readEnvelope(toOneLine(line));
    if (read.ok && read.value.kind === "request" && [...this.#retiring.values()].some((former) => read.value.kind === "request" && former.asks(read.value.id))) {
      // Its answer could not be told from that to the former process.
      this.#child?.send(errorMessage(read.value.id, notYet));
      return;
    }
    if (read.ok) flights.heard(read.value);
    this.#options.listener.line(line);
    if (this.#outdated && this.#phase === "live") this.#replaceNow();
  }

  #lookForIntroduction(line: Buffer): void {
    const read = readEnvelope(toOneLine(line));
    if (!read.ok || read.value.kind !== "response" || read.value.failed || !this.#rehearsal.isInitializeAnswer(read.value.id)) return;
    this.#rehearsal.introduced(line);
    this.#phase = "live";
  }

  /** The client knows nothing of this process yet: what it asks is refused, what it tells is nobody's to hear. */
  #onRevivingLine(line: Buffer): void {
    const read = readEnvelope(toOneLine(line));
    if (!read.ok || read.value.kind === "notification") return;
    const { id } = read.value;
    if (read.value.kind === "request") {
      this.#child?.send(read.value.method === "ping" ? resultMessage(id, {}) : errorMessage(id, notYet));
    } else if (this.#rehearsal.isInitializeAnswer(id)) {
      if (read.value.failed || !this.#rehearsal.isSame(line)) {
        this.#end({ kind: "changed" });
        return;
      }
      for (const { bytes } of this.#rehearsal.rest) this.#child?.send(bytes);
    }
    if (read.value.kind === "response" && this.#owed.delete(idKey(id))) this.#liveIfRevived();
  }

  #liveIfRevived(): void {
    if (this.#owed.size > 0) return;
    this.#phase = "live";
    const held = this.#held;
    this.#drop();
    for (const { bytes } of held) this.#say(bytes);
    if (this.#paused) this.#child?.pause();
    if (this.#outdated) this.#replaceNow();
  }

  #onEnded(end: UpstreamEnd): void {
    const { memory } = this.#options;
    if (this.#phase === "opening" || memory === "stateful" || !this.#rehearsal.possible) this.#end(end);
    else this.#lose(end);
  }

  #lose(end: UpstreamEnd): void {
    const now = this.#options.clock.now();
    this.#backoff.failed(now, now - this.#startedAt);
    this.#leave();
    this.#interrupt(end);
  }

  #interrupt(end: UpstreamEnd): void {
    if (this.#phase === "over") return;
    this.#phase = "down";
    this.#drop();
    this.#options.listener.interrupted(end);
  }

  /** What it says from here on is nobody's to hear. */
  #leave(): void {
    const child = this.#child;
    this.#child = undefined;
    void child?.end();
  }

  #end(end: UpstreamEnd): void {
    if (this.#phase === "over") return;
    this.#phase = "over";
    this.#drop();
    for (const retiring of this.#retiring.values()) void retiring.end();
    this.#leave();
    this.#options.listener.ended(end);
  }

  #drop(): void {
    this.#held = [];
    this.#heldBytes = 0;
  }
}

const notYet = { code: jsonRpcCodes.internalError, message: "The client is not connected yet." };
