import type { Caller } from "@mcp-auth-proxy/access-token";
import type { Clock } from "@mcp-auth-proxy/contracts";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { Child, ChildEnd, ChildListener } from "../../children/child.ts";
import type { Acceptance } from "../../guard/headers.ts";
import type { ToolPolicy } from "../../guard/policy.ts";
import type { BridgeLimits } from "../../limits.ts";
import { type JsonDocument, textAt } from "../../wire/json-document.ts";
import { type ModernError, modernErrors } from "../../wire/rev-2026-07-28/errors.ts";
import { listenMethod } from "../../wire/rev-2026-07-28/names.ts";
import type { ModernRequest } from "../../wire/rev-2026-07-28/request.ts";
import type { ModernOutlet } from "./outlet.ts";
import { cancelledLine, outgoingLine } from "./outgoing.ts";
import type { Pending } from "./pending.ts";
import { modernRelayErrors } from "./relay-errors.ts";
import { type RequestDigest, RequestDigests } from "./request-digests.ts";
import type { RequestStates, StateBinding } from "./request-states.ts";
import { Responses } from "./responses.ts";
import { ServerLines } from "./server-lines.ts";

export interface RelayEnd {
  /** Nobody told it to. */
  readonly byItself: boolean;
  /** It never answered anything. */
  readonly useless: boolean;
}

export interface ModernRelayOptions {
  readonly start: (listener: ChildListener) => Child;
  readonly limits: BridgeLimits;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy: ToolPolicy;
  readonly states: RequestStates;
  /** Whom the process works for, and the canonical resource of its server. */
  readonly owner: { readonly caller: Pick<Caller, "subject" | "client">; readonly resource: string };
  /** The child does not speak the revision that it was seen to speak. */
  readonly doubted: () => void;
  /** Called once, when the child can not answer any more. */
  readonly ended: (end: RelayEnd) => void;
}

/** Methods whose server may work for long and has something to say meanwhile. */
const talkative: ReadonlySet<string> = new Set(["tools/call", "prompts/get", "resources/read", listenMethod]);

/**
 * Requests of revision 2026-07-28 from one person's client to one process of a server. They share it: ids, progress
 * tokens and subscription ids are the gateway's numbers on the way in and the client's own on the way out.
 */
export class ModernRelay {
  readonly #options: ModernRelayOptions;
  readonly #child: Child;
  readonly #responses: Responses;
  readonly #pending: Pending;
  readonly #lines: ServerLines;
  readonly #digests: RequestDigests;
  #over = false;

  constructor(options: ModernRelayOptions) {
    this.#options = options;
    const { limits, clock, policy, log, states, doubted } = options;
    this.#digests = new RequestDigests(limits.keptBodyBytes);
    const responses = new Responses({ limits, clock, pause: () => this.#child.pause(), resume: () => this.#child.resume() });
    const lines = new ServerLines({
      responses,
      policy,
      log,
      sealed: (state, { method, digest }) => states.seal(state, this.#bindingOf(method, digest)),
      send: (line) => this.#child.send(line),
      doubted,
    });
    [this.#responses, this.#pending, this.#lines] = [responses, responses.pending, lines];
    this.#child = options.start({ line: (line) => lines.take(line), ended: (end) => this.#onEnded(end) });
  }

  get busy(): boolean {
    return this.#pending.size > 0;
  }

  /** Without subscriptions, which end only when somebody ends them. */
  get requestsUnderWay(): number {
    return [...this.#pending.clients()].filter(([, { method }]) => method !== listenMethod).length;
  }

  /** Takes a request; everything about it leaves through `outlet`. */
  request(request: ModernRequest, outlet: ModernOutlet, acceptance: Acceptance): ModernError | undefined {
    const { limits, clock } = this.#options;
    const { method, document } = request;
    const listens = method === listenMethod;
    if (this.#over) return modernErrors.unavailable;
    if (this.#pending.size >= limits.requestsPerSession || (listens && this.#subscriptions >= limits.subscriptionsPerChild)) return modernErrors.tooMany;

    const digest = this.#digests.of(request);
    const state = request.requestState === undefined ? undefined : this.#options.states.open(request.requestState.value, this.#bindingOf(method, digest));
    const number = this.#pending.nextNumber();
    const untaken = request.requestState !== undefined && state === undefined ? modernErrors.stateRefused : this.#send(request, number, state);
    if (untaken !== undefined) {
      digest.release();
      return untaken;
    }
    const { eventStream: streamable, json } = acceptance;
    const patienceMs = talkative.has(method) || request.progressTokenAt !== undefined ? limits.streamAfterMs : limits.keepAliveMs;
    const idAt = document.top.get("id");
    const pending = {
      kind: "client",
      id: request.id,
      idText: idAt === undefined ? JSON.stringify(request.id) : textAt(document, idAt),
      tokenText: request.progressTokenAt === undefined ? undefined : textAt(document, request.progressTokenAt),
      method,
      wantsLog: request.wantsLog,
      outlet,
      streamable,
      deadlineAt: listens ? undefined : clock.now() + limits.requestMs,
      timer: streamable ? setTimeout(() => outlet.openStream(), patienceMs) : undefined,
      digest,
    } as const;
    this.#responses.await(number, pending, () => this.#child.send(cancelledLine(number)));
    if (!json) outlet.openStream();
    return undefined;
  }

  /** Asks the server something on the gateway's own behalf. Answers with a result or an error; undefined: it gave neither. */
  ask(message: (number: number) => Buffer, limitMs: number): Promise<JsonDocument | undefined> {
    const { promise, resolve } = Promise.withResolvers<JsonDocument | undefined>();
    const number = this.#pending.nextNumber();
    if (this.#over || !this.#child.send(message(number))) return Promise.resolve(undefined);
    this.#pending.set(number, { kind: "own", deadlineAt: this.#options.clock.now() + limitMs, settle: resolve });
    return promise;
  }

  /** Cuts every response that was asked for by a caller that may not hear any more. */
  cut(mayNot: (caller: Caller) => boolean): void {
    for (const [, { outlet }] of this.#pending.clients()) if (mayNot(outlet.caller)) outlet.cut();
  }

  /** Ends subscriptions in good order: all, or those of callers whose token has expired. */
  endSubscriptions(ends: (caller: Caller) => boolean = () => true): void {
    for (const [number, pending] of this.#pending.clients()) {
      if (pending.method !== listenMethod || !ends(pending.outlet.caller)) continue;
      this.#child.send(cancelledLine(number));
      this.#responses.endSubscription(number, pending);
    }
  }

  keepAlive(): void {
    for (const [, { outlet }] of this.#pending.clients()) outlet.keepAlive();
  }

  sweep(now: number): void {
    this.#responses.cutStalled(now);
    this.endSubscriptions(({ expiresAt }) => expiresAt <= now);
    for (const [number, pending] of this.#pending.entries()) {
      if (pending.deadlineAt === undefined || pending.deadlineAt > now) continue;
      this.#child.send(cancelledLine(number));
      this.#responses.fail(number, pending, modernRelayErrors.timedOut);
    }
  }

  end(): Promise<void> {
    return this.#child.end();
  }

  get #subscriptions(): number {
    return [...this.#pending.clients()].filter(([, { method }]) => method === listenMethod).length;
  }

  #send(request: ModernRequest, number: number, state: string | undefined): ModernError | undefined {
    return this.#child.send(outgoingLine(request, number, state)) ? undefined : modernErrors.notReading;
  }

  #bindingOf(method: string, digest: RequestDigest): StateBinding {
    return { ...this.#options.owner, method, digest: digest.value() };
  }

  #onEnded(end: ChildEnd): void {
    if (this.#over) return;
    this.#over = true;
    const error = end.kind === "unstartable" ? modernRelayErrors.notStarted : modernRelayErrors.childEnded;
    for (const [number, pending] of this.#pending.entries()) this.#responses.fail(number, pending, error);
    const byItself = end.kind !== "told-to";
    this.#options.ended({ byItself, useless: byItself && !this.#lines.answered });
  }
}
