import type { Clock } from "@mcp-auth-proxy/contracts";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { Caller } from "../../auth/caller.ts";
import type { Child, ChildEnd, ChildListener } from "../../children/child.ts";
import type { Acceptance } from "../../guard/headers.ts";
import type { ToolPolicy } from "../../guard/policy.ts";
import type { BridgeLimits } from "../../limits.ts";
import { type Edit, type JsonDocument, readDocument, stringAt, textAt } from "../../wire/json-document.ts";
import { errorMessage, jsonRpcCodes } from "../../wire/json-rpc.ts";
import { toOneLine } from "../../wire/one-line.ts";
import { modernCodes, type ModernError, modernErrors, statusOf } from "../../wire/rev-2026-07-28/errors.ts";
import { listenMethod } from "../../wire/rev-2026-07-28/names.ts";
import type { ModernRequest } from "../../wire/rev-2026-07-28/request.ts";
import { Flow } from "../flow.ts";
import type { ModernOutlet } from "./outlet.ts";
import { answerFor, classifyIncoming, progressFor, subscribedFor, subscriptionEnd } from "./incoming.ts";
import { cancelledLine, outgoingLine } from "./outgoing.ts";
import { Pending, type PendingRequest } from "./pending.ts";
import { type RequestStates, requestDigest } from "./request-states.ts";

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

/** Bodies up to this are kept while their request is under way; of larger ones the digest is made at once. */
const keptBodyBytes = 16 * 1024;

/** Methods whose server may work for long and has something to say meanwhile. */
const talkative: ReadonlySet<string> = new Set(["tools/call", "prompts/get", "resources/read", listenMethod]);

/**
 * Requests of revision 2026-07-28 from one person's client to one process of a server. They share it: ids, progress
 * tokens and subscription ids are the gateway's numbers on the way in and the client's own on the way out. Nothing
 * that no request asked for reaches a client.
 */
export class ModernRelay {
  readonly #options: ModernRelayOptions;
  readonly #child: Child;
  readonly #pending = new Pending();
  readonly #flow: Flow<ModernOutlet>;
  readonly #warned = new Set<string>();
  #answered = false;
  #over = false;

  constructor(options: ModernRelayOptions) {
    this.#options = options;
    this.#child = options.start({ line: (line) => this.#onLine(line), ended: (end) => this.#onEnded(end) });
    this.#flow = new Flow<ModernOutlet>(
      options.limits.stallMs,
      () => this.#child.pause(),
      () => this.#child.resume(),
    );
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

    const digest = digestOf(request);
    const state = request.requestState === undefined ? undefined : this.#options.states.open(request.requestState.value, this.#bindingOf(method, digest));
    if (request.requestState !== undefined && state === undefined) return modernErrors.stateRefused;

    const number = this.#pending.nextNumber();
    if (!this.#child.send(outgoingLine(request, number, state))) return modernErrors.notReading;
    const { eventStream: streamable, json } = acceptance;
    const patienceMs = talkative.has(method) || request.progressTokenAt !== undefined ? limits.streamAfterMs : limits.keepAliveMs;
    const idAt = document.top.get("id");
    this.#pending.set(number, {
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
    });
    outlet.watch(
      () => this.#flow.free(outlet),
      () => {
        this.#flow.free(outlet);
        this.#clientGone(number);
      },
    );
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
      this.#finish(number, pending, subscriptionEnd(pending));
    }
  }

  keepAlive(): void {
    for (const [, { outlet }] of this.#pending.clients()) outlet.keepAlive();
  }

  sweep(now: number): void {
    for (const outlet of this.#flow.stalled(now)) outlet.cut();
    this.endSubscriptions(({ expiresAt }) => expiresAt <= now);
    for (const [number, pending] of this.#pending.entries()) {
      if (pending.deadlineAt === undefined || pending.deadlineAt > now) continue;
      this.#child.send(cancelledLine(number));
      if (pending.kind === "client") this.#finish(number, pending, errorMessage(pending.id, timedOut));
      else if (this.#pending.delete(number)) pending.settle(undefined);
    }
  }

  end(): Promise<void> {
    return this.#child.end();
  }

  get #subscriptions(): number {
    return [...this.#pending.clients()].filter(([, { method }]) => method === listenMethod).length;
  }

  #bindingOf(method: string, digest: () => string) {
    return { ...this.#options.owner, method, digest: digest() };
  }

  #onLine(line: Buffer): void {
    const read = readDocument(toOneLine(line));
    if (!read.ok) {
      this.#warnOnce("a child wrote a line to stdout that is no message", { bytes: line.length, reason: read.error });
      return;
    }
    const document = read.value;
    const incoming = classifyIncoming(document);
    switch (incoming.kind) {
      case "answer":
        this.#onAnswer(document, incoming);
        return;
      case "request":
        // Revision 2026-07-28 has no requests from servers (MCP, stdio): the client never sees it.
        this.#warnOnce("a server asked something, which its revision does not allow", {});
        this.#child.send(Buffer.from(`{"jsonrpc":"2.0","id":${textAt(document, incoming.idAt)},"error":{"code":-32601,"message":"Method not found"}}`));
        return;
      case "progress": {
        const pending = this.#clientOf(incoming.number);
        if (pending?.tokenText !== undefined) this.#tell(pending, progressFor(document, pending));
        return;
      }
      case "subscribed": {
        const pending = this.#clientOf(incoming.number);
        if (pending?.method === listenMethod) this.#tell(pending, subscribedFor(document, pending));
        return;
      }
      case "cancelled": {
        const pending = this.#clientOf(incoming.number);
        if (pending?.method === listenMethod) this.#finish(Number(incoming.number), pending, subscriptionEnd(pending));
        return;
      }
      case "log":
        this.#onLog(document);
        return;
      case "other":
        this.#warnOnce("a notification was dropped: no request asked for it", { method: incoming.method.slice(0, 100) });
        return;
      default: {
        const never: never = incoming;
        throw new Error(`nothing is done with ${JSON.stringify(never)}`);
      }
    }
  }

  #onAnswer(document: JsonDocument, { number, errorCode, inputRequired }: { number: unknown; errorCode: number | undefined; inputRequired: boolean }): void {
    this.#answered = true;
    const pending = this.#pending.get(number);
    if (pending === undefined) return;
    if (pending.kind === "own") {
      this.#pending.delete(Number(number));
      pending.settle(document);
      return;
    }
    if (errorCode === modernCodes.unsupportedVersion) this.#options.doubted();
    // Its headers ended at the gateway: what it says about them can only mislead a client.
    if (errorCode === modernCodes.headerMismatch) this.#finish(Number(number), pending, errorMessage(pending.id, badAnswer));
    else if (pending.method === "tools/list" && errorCode === undefined) this.#finishList(Number(number), pending, document);
    else this.#finish(Number(number), pending, answerFor(document, pending, inputRequired ? this.#sealedState(document, pending) : []), statusOf(errorCode));
  }

  #finishList(number: number, pending: PendingRequest, document: JsonDocument): void {
    const shown = this.#options.policy.list(answerFor(document, pending), "modern");
    this.#finish(number, pending, shown ?? errorMessage(pending.id, badAnswer));
  }

  #sealedState(document: JsonDocument, { method, digest }: PendingRequest): readonly Edit[] {
    const at = document.body.get("requestState");
    const state = stringAt(document, at);
    if (at === undefined || state === undefined) return [];
    return [{ at, text: JSON.stringify(this.#options.states.seal(state, this.#bindingOf(method, digest))) }];
  }

  /** Over stdio nothing says which request a log message is about: only where one request asked for any is that known. */
  #onLog(document: JsonDocument): void {
    const asked = [...this.#pending.clients()].filter(([, { wantsLog }]) => wantsLog);
    const [only, ...others] = asked;
    if (only === undefined) return;
    if (others.length > 0) this.#warnOnce("a log message was dropped: several requests asked for them", {});
    else this.#tell(only[1], document.bytes);
  }

  #clientOf(number: unknown): PendingRequest | undefined {
    const pending = this.#pending.get(number);
    return pending?.kind === "client" ? pending : undefined;
  }

  #tell({ outlet, streamable }: PendingRequest, message: Buffer): void {
    if (streamable && !outlet.send(message)) this.#flow.full(outlet, this.#options.clock.now());
  }

  #finish(number: number, { outlet }: PendingRequest, message: Buffer, status = 200): void {
    this.#pending.delete(number);
    if (!outlet.finish(message, status)) this.#flow.full(outlet, this.#options.clock.now());
  }

  /** A client that closes the stream of its answer has cancelled (MCP 2026-07-28, Streamable HTTP). */
  #clientGone(number: number): void {
    if (this.#pending.delete(number)) this.#child.send(cancelledLine(number));
  }

  /** Once a process and sentence: a child that floods us must not flood the log. */
  #warnOnce(sentence: string, fields: Readonly<Record<string, string | number>>): void {
    if (this.#warned.has(sentence)) return;
    this.#warned.add(sentence);
    this.#options.log.warn(fields, sentence);
  }

  #onEnded(end: ChildEnd): void {
    if (this.#over) return;
    this.#over = true;
    const error = end.kind === "unstartable" ? notStarted : childEnded;
    for (const [number, pending] of this.#pending.entries()) {
      if (pending.kind === "client") this.#finish(number, pending, errorMessage(pending.id, error));
      else if (this.#pending.delete(number)) pending.settle(undefined);
    }
    const byItself = end.kind !== "told-to";
    this.#options.ended({ byItself, useless: byItself && !this.#answered });
  }
}

const digestOf = (request: ModernRequest): (() => string) => {
  if (request.document.bytes.length <= keptBodyBytes) return () => requestDigest(request);
  const digest = requestDigest(request);
  return () => digest;
};

const internal = (message: string) => ({ code: jsonRpcCodes.internalError, message });
const notStarted = internal("The MCP server could not be started.");
const childEnded = internal("The MCP server ended before it answered.");
const badAnswer = internal("The MCP server gave an answer that can not be passed on.");
const timedOut = internal("The MCP server did not answer in time.");
