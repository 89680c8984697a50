import type { Clock } from "@mcp-auth-proxy/contracts";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { Caller } from "../auth/caller.ts";
import type { Child, ChildEnd, ChildListener } from "../children/child.ts";
import type { Acceptance } from "../guard/headers.ts";
import type { BridgeLimits } from "../limits.ts";
import { type Envelope, type EnvelopeFault, readEnvelope } from "../wire/envelope.ts";
import { withCodeChallengeMethods } from "../wire/initialize-result.ts";
import { errorMessage, type JsonRpcId, jsonRpcCodes } from "../wire/json-rpc.ts";
import { toOneLine } from "../wire/one-line.ts";
import { Backlog } from "./backlog.ts";
import { Flow } from "./flow.ts";
import type { Outlet } from "./outlet.ts";
import { type PendingRequest, PendingRequests } from "./pending-requests.ts";

type Request = Extract<Envelope, { kind: "request" }>;
type Notification = Extract<Envelope, { kind: "notification" }>;

/** Why a message was not taken. */
export type Untaken = "duplicate_id" | "too_many" | "not_reading";

export interface StdioRelayOptions {
  readonly start: (listener: ChildListener) => Child;
  readonly limits: BridgeLimits;
  readonly clock: Clock;
  readonly log: Log;
  /** Called once, when the child can not answer any more. */
  readonly ended: () => void;
}

/**
 * One session's traffic with its own child, as the bytes that came (Streamable HTTP up to 2025-11-25 on one side,
 * stdio on the other). Each message leaves on exactly one stream: an answer on the response of its request,
 * progress on that of its token, everything else on the GET stream, else on the newest POST stream, else it waits.
 */
export class StdioRelay {
  readonly #options: StdioRelayOptions;
  readonly #child: Child;
  readonly #pending = new PendingRequests();
  readonly #backlog: Backlog;
  readonly #flow: Flow;
  readonly #warned = new Set<string>();
  #listening: Outlet | undefined;
  #over = false;

  constructor(options: StdioRelayOptions) {
    this.#options = options;
    this.#backlog = new Backlog({ messages: options.limits.queuedMessages, bytes: options.limits.queuedBytes });
    this.#child = options.start({ line: (line) => this.#onLine(line), ended: (end) => this.#onEnded(end) });
    this.#flow = new Flow(
      options.limits.stallMs,
      () => this.#child.pause(),
      () => this.#child.resume(),
    );
  }

  /** Whether someone waits for something: such a session is not idle. */
  get busy(): boolean {
    return this.#pending.size > 0 || this.#listening !== undefined;
  }

  get requestsUnderWay(): number {
    return this.#pending.size;
  }

  /** Takes a request; its answer, and what the server says about it, leave through `outlet`. */
  request(envelope: Request, bytes: Buffer, outlet: Outlet, { json, eventStream: streamable }: Acceptance): Untaken | undefined {
    const { id, method, progressToken } = envelope;
    const { limits, clock } = this.#options;
    if (this.#pending.get(id) !== undefined) return "duplicate_id";
    if (this.#pending.size >= limits.requestsPerSession) return "too_many";
    if (!this.#child.send(toOneLine(bytes))) return "not_reading";
    const deadlineAt = clock.now() + (method === "initialize" ? limits.initializeMs : limits.requestMs);
    const timer = streamable ? setTimeout(() => outlet.openStream(), limits.streamAfterMs) : undefined;
    const pending: PendingRequest = { id, method, progressToken, outlet, streamable, deadlineAt, timer };
    this.#pending.add(pending);
    this.#watch(outlet, () => this.#clientGone(pending));
    if (!json) outlet.openStream();
    if (streamable) this.#flush(outlet);
    return undefined;
  }

  /** Takes a notification or a response of the client. */
  post(envelope: Exclude<Envelope, Request>, bytes: Buffer): Untaken | undefined {
    if (!this.#child.send(toOneLine(bytes))) return "not_reading";
    if (envelope.kind === "notification" && envelope.method === "notifications/cancelled") this.#cancelled(envelope);
    return undefined;
  }

  /** Takes the GET stream; an older one is ended, because each message goes to one stream only. */
  listen(outlet: Outlet): void {
    this.#listening?.end();
    this.#listening = outlet;
    this.#watch(outlet, () => {
      if (this.#listening === outlet) this.#listening = undefined;
    });
    outlet.openStream();
    this.#flush(outlet);
  }

  /** Cuts every response that was asked for by a caller that may not hear any more. */
  cut(mayNot: (caller: Caller) => boolean): void {
    for (const outlet of this.#outlets()) if (mayNot(outlet.caller)) outlet.cut();
  }

  /** Ends the GET stream: the client may come back with a token that is still good. */
  endListening(): void {
    this.#listening?.end();
  }

  get listener(): Caller | undefined {
    return this.#listening?.caller;
  }

  keepAlive(): void {
    for (const outlet of this.#outlets()) outlet.keepAlive();
  }

  /** Gives up on clients that take nothing and on requests without an answer. */
  sweep(now: number): void {
    for (const outlet of this.#flow.stalled(now)) outlet.cut();
    for (const pending of this.#pending.all()) {
      if (pending.deadlineAt > now) continue;
      this.#answer(pending, errorMessage(pending.id, timedOut));
      if (pending.method === "initialize") void this.end();
    }
  }

  /** Ends the child and everything that waits for it. */
  end(): Promise<void> {
    return this.#child.end();
  }

  #onLine(line: Buffer): void {
    const read = readEnvelope(toOneLine(line));
    if (!read.ok) {
      this.#onNoMessage(line, read.error);
      return;
    }
    const envelope = read.value;
    if (envelope.kind === "response") this.#onResponse(envelope.id, envelope.failed, line);
    else if (envelope.kind === "notification" && envelope.method === "notifications/progress") this.#onProgress(envelope, line);
    else this.#toClient(envelope, line);
  }

  #onNoMessage(line: Buffer, fault: EnvelopeFault): void {
    this.#warnOnce("a child wrote a line to stdout that is no message", { bytes: line.length, reason: fault.reason });
    const pending = fault.reason === "invalid" && fault.id !== undefined ? this.#pending.get(fault.id) : undefined;
    if (pending !== undefined) this.#answer(pending, errorMessage(pending.id, badAnswer));
  }

  #onResponse(id: JsonRpcId, failed: boolean, line: Buffer): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    const initialize = pending.method === "initialize";
    this.#answer(pending, initialize && !failed ? withCodeChallengeMethods(line) : line);
    if (initialize && failed) void this.end();
  }

  #onProgress({ progressToken }: Notification, line: Buffer): void {
    const pending = progressToken === undefined ? undefined : this.#pending.ofToken(progressToken);
    if (pending?.streamable === true) this.#send(pending.outlet, line);
  }

  #toClient(envelope: Request | Notification, line: Buffer): void {
    const outlet = this.#listening?.open === true ? this.#listening : this.#pending.newestStreamable()?.outlet;
    if (outlet !== undefined) this.#send(outlet, line);
    else if (!this.#backlog.add(line)) this.#refuse(envelope);
  }

  /** Nobody listens and nothing more is kept: a server that asked must not wait for ever. */
  #refuse(envelope: Request | Notification): void {
    this.#warnOnce("a message of a server was dropped: its client has no open stream", { method: envelope.method });
    if (envelope.kind === "request") this.#child.send(errorMessage(envelope.id, nobodyListens));
  }

  #flush(outlet: Outlet): void {
    for (const message of this.#backlog.takeAll()) this.#send(outlet, message);
  }

  #send(outlet: Outlet, message: Buffer): void {
    if (!outlet.send(message)) this.#flow.full(outlet, this.#options.clock.now());
  }

  #answer(pending: PendingRequest, message: Buffer): void {
    this.#pending.remove(pending);
    // A large answer that its client does not take holds the next one back, too.
    if (!pending.outlet.finish(message)) this.#flow.full(pending.outlet, this.#options.clock.now());
  }

  /** The server answers no cancelled request (MCP, cancellation), so its response is ended here. */
  #cancelled({ cancels }: Notification): void {
    const pending = cancels === undefined ? undefined : this.#pending.get(cancels);
    if (pending === undefined || pending.method === "initialize") return;
    this.#pending.remove(pending);
    if (pending.streamable) pending.outlet.end();
    else pending.outlet.finish(errorMessage(pending.id, cancelledByClient));
  }

  /** A client that goes away has not cancelled: the child works on. Only a session that nobody knows of ends. */
  #clientGone(pending: PendingRequest): void {
    clearTimeout(pending.timer);
    if (pending.method === "initialize" && this.#pending.has(pending)) void this.end();
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

  *#outlets(): Generator<Outlet> {
    if (this.#listening !== undefined) yield this.#listening;
    for (const { outlet } of this.#pending.all()) yield outlet;
  }

  /** Once a session and sentence: a child that floods us must not flood the log. */
  #warnOnce(sentence: string, fields: Readonly<Record<string, string | number>>): void {
    if (this.#warned.has(sentence)) return;
    this.#warned.add(sentence);
    this.#options.log.warn(fields, sentence);
  }

  #onEnded(end: ChildEnd): void {
    if (this.#over) return;
    this.#over = true;
    const error = end.kind === "unstartable" ? notStarted : childEnded;
    for (const pending of this.#pending.all()) this.#answer(pending, errorMessage(pending.id, error));
    this.#listening?.end();
    this.#options.ended();
  }
}

const internal = (message: string) => ({ code: jsonRpcCodes.internalError, message });
const notStarted = internal("The MCP server could not be started.");
const childEnded = internal("The MCP server ended before it answered.");
const badAnswer = internal("The MCP server gave an answer that is no JSON-RPC message.");
const timedOut = internal("The MCP server did not answer in time.");
const nobodyListens = internal("The client has no open stream.");
const cancelledByClient = internal("The request was cancelled.");
