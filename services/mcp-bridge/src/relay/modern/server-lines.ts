import type { Log } from "@mcp-auth-proxy/telemetry";
import type { ToolPolicy } from "../../guard/policy.ts";
import { type Edit, type JsonDocument, readDocument, stringAt, textAt } from "../../wire/json-document.ts";
import { errorMessage } from "../../wire/json-rpc.ts";
import { toOneLine } from "../../wire/one-line.ts";
import { modernCodes, statusOf } from "../../wire/rev-2026-07-28/errors.ts";
import { listenMethod } from "../../wire/rev-2026-07-28/names.ts";
import { answerFor, classifyIncoming, type Incoming, progressFor, subscribedFor } from "./incoming.ts";
import type { PendingRequest } from "./pending.ts";
import { modernRelayErrors } from "./relay-errors.ts";
import type { Responses } from "./responses.ts";

export interface ServerLinesOptions {
  readonly responses: Responses;
  readonly policy: ToolPolicy;
  readonly log: Log;
  /** Closes what a server wants to have back with the next round of a request. */
  readonly sealed: (state: string, pending: PendingRequest) => string;
  /** Says something to the server. */
  readonly send: (line: Buffer) => void;
  /** The child does not speak the revision that it was seen to speak. */
  readonly doubted: () => void;
}

/** Takes what one process says to the clients it belongs to. Nothing that no request asked for reaches a client. */
export class ServerLines {
  readonly #options: ServerLinesOptions;
  readonly #warned = new Set<string>();
  #answered = false;

  constructor(options: ServerLinesOptions) {
    this.#options = options;
  }

  /** Whether it ever answered anything. */
  get answered(): boolean {
    return this.#answered;
  }

  take(line: Buffer): void {
    const read = readDocument(toOneLine(line));
    if (!read.ok) {
      this.#warnOnce("a child wrote a line to stdout that is no message", { bytes: line.length, reason: read.error });
      return;
    }
    const document = read.value;
    const incoming = classifyIncoming(document);
    const { responses, send } = this.#options;
    switch (incoming.kind) {
      case "answer":
        this.#takeAnswer(document, incoming);
        return;
      case "request":
        // Revision 2026-07-28 has no requests from servers (MCP, stdio): the client never sees it.
        this.#warnOnce("a server asked something, which its revision does not allow", {});
        send(Buffer.from(`{"jsonrpc":"2.0","id":${textAt(document, incoming.idAt)},"error":{"code":-32601,"message":"Method not found"}}`));
        return;
      case "progress": {
        const pending = this.#clientOf(incoming.number);
        if (pending?.tokenText !== undefined) responses.tell(pending, progressFor(document, pending));
        return;
      }
      case "subscribed": {
        const pending = this.#clientOf(incoming.number);
        if (pending?.method === listenMethod) responses.tell(pending, subscribedFor(document, pending));
        return;
      }
      case "cancelled": {
        const pending = this.#clientOf(incoming.number);
        if (pending !== undefined) responses.endSubscription(Number(incoming.number), pending);
        return;
      }
      case "log":
        this.#takeLog(document);
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

  #takeAnswer(document: JsonDocument, { number: named, errorCode, inputRequired }: Extract<Incoming, { kind: "answer" }>): void {
    this.#answered = true;
    const { responses, doubted } = this.#options;
    const pending = responses.pending.get(named);
    const number = Number(named);
    if (pending === undefined) return;
    if (pending.kind === "own") {
      responses.pending.delete(number);
      pending.settle(document);
      return;
    }
    if (errorCode === modernCodes.unsupportedVersion) doubted();
    // Its headers ended at the gateway: what it says about them can only mislead a client.
    if (errorCode === modernCodes.headerMismatch) responses.fail(number, pending, modernRelayErrors.badAnswer);
    else if (pending.method === "tools/list" && errorCode === undefined) this.#takeList(number, pending, document);
    else responses.finish(number, pending, answerFor(document, pending, inputRequired ? this.#sealedState(document, pending) : []), statusOf(errorCode));
  }

  #takeList(number: number, pending: PendingRequest, document: JsonDocument): void {
    const shown = this.#options.policy.list(answerFor(document, pending), "modern");
    this.#options.responses.finish(number, pending, shown ?? errorMessage(pending.id, modernRelayErrors.badList));
  }

  #sealedState(document: JsonDocument, pending: PendingRequest): readonly Edit[] {
    const at = document.body.get("requestState");
    const state = stringAt(document, at);
    if (at === undefined || state === undefined) return [];
    return [{ at, text: JSON.stringify(this.#options.sealed(state, pending)) }];
  }

  /** Over stdio nothing says which request a log message is about: only where one request asked for any is that known. */
  #takeLog(document: JsonDocument): void {
    const { responses } = this.#options;
    const asked = [...responses.pending.clients()].filter(([, { wantsLog }]) => wantsLog);
    const [only, ...others] = asked;
    if (only === undefined) return;
    if (others.length > 0) this.#warnOnce("a log message was dropped: several requests asked for them", {});
    else responses.tell(only[1], document.bytes);
  }

  #clientOf(number: unknown): PendingRequest | undefined {
    const pending = this.#options.responses.pending.get(number);
    return pending?.kind === "client" ? pending : undefined;
  }

  /** Once a process and sentence: a child that floods us must not flood the log. */
  #warnOnce(sentence: string, fields: Readonly<Record<string, string | number>>): void {
    if (this.#warned.has(sentence)) return;
    this.#warned.add(sentence);
    this.#options.log.warn(fields, sentence);
  }
}
