import type { Log } from "@mcp-auth-proxy/telemetry";
import { cancelledMessage } from "../wire/cancelled.ts";
import { type Envelope, type EnvelopeFault, readEnvelope } from "../wire/envelope.ts";
import { protocolVersionIn, withCodeChallengeMethods } from "../wire/initialize-result.ts";
import { errorMessage, type JsonRpcId } from "../wire/json-rpc.ts";
import { toOneLine } from "../wire/one-line.ts";
import { isSessionRevision } from "../wire/revisions.ts";
import type { Answers } from "./answers.ts";
import type { ClientStreams } from "./client-streams.ts";
import type { Outlet } from "./outlet.ts";
import type { Notification, Request } from "./posted.ts";
import type { Questions } from "./questions.ts";
import { relayErrors } from "./relay-errors.ts";
import { isAboutARequest } from "./routing.ts";

export interface ServerMessagesOptions {
  readonly answers: Answers;
  readonly streams: ClientStreams;
  readonly questions: Questions;
  readonly log: Log;
  /** Says something to the server. */
  readonly send: (line: Buffer, envelope: Envelope) => void;
  /** The server wants no session. */
  readonly refused: () => void;
}

/**
 * Takes what one session's server says to the stream where it belongs. Each message leaves on exactly one: an answer
 * on the response of its request, progress on that of its token, what may be about a call on the newest open one,
 * everything else on the session's own, else it waits.
 */
export class ServerMessages {
  readonly #options: ServerMessagesOptions;
  readonly #warned = new Set<string>();

  constructor(options: ServerMessagesOptions) {
    this.#options = options;
  }

  take(line: Buffer): void {
    const read = readEnvelope(toOneLine(line));
    if (!read.ok) {
      this.#takeNoMessage(line, read.error);
      return;
    }
    const envelope = read.value;
    if (envelope.kind === "response") this.#takeAnswer(envelope.id, envelope.failed, line);
    else if (envelope.kind === "notification" && envelope.method === "notifications/progress") this.#takeProgress(envelope, line);
    else this.#toClient(envelope, line);
  }

  /** Who asked is gone: an answer would reach a process that never asked. */
  takeBackQuestions(): void {
    for (const id of this.#options.questions.takeAll()) {
      const { bytes, envelope } = cancelledMessage(id, "The MCP server ended.");
      if (envelope.kind === "notification") this.#toClient(envelope, bytes);
    }
  }

  #takeNoMessage(line: Buffer, fault: EnvelopeFault): void {
    this.#warnOnce("a child wrote a line to stdout that is no message", { bytes: line.length, reason: fault.reason });
    const { answers } = this.#options;
    const pending = fault.reason === "invalid" && fault.id !== undefined ? answers.get(fault.id) : undefined;
    if (pending !== undefined) answers.fail(pending, relayErrors.badAnswer);
  }

  #takeAnswer(id: JsonRpcId, failed: boolean, line: Buffer): void {
    const { answers, streams, refused } = this.#options;
    const pending = answers.get(id);
    if (pending === undefined) return;
    if (pending.method !== "initialize") {
      answers.give(pending, line);
      return;
    }
    const chosen = failed ? undefined : protocolVersionIn(line);
    if (chosen !== undefined && isSessionRevision(chosen)) streams.revision = chosen;
    answers.give(pending, failed ? line : withCodeChallengeMethods(line));
    if (failed) refused();
  }

  #takeProgress({ progressToken }: Notification, line: Buffer): void {
    const { answers, streams } = this.#options;
    const pending = progressToken === undefined ? undefined : answers.progressing(progressToken);
    if (pending?.streamable !== true) return;
    const outlet = pending.outlet ?? streams.listening;
    if (outlet !== undefined) streams.send(outlet, line);
  }

  #toClient(envelope: Request | Notification, line: Buffer): void {
    const { questions, streams } = this.#options;
    if (envelope.kind === "request" && !questions.ask(envelope.id)) {
      this.#refuse(envelope);
      return;
    }
    const outlet = this.#outletFor(envelope.method);
    if (outlet !== undefined) streams.send(outlet, line);
    else if (!streams.wait(line)) this.#refuse(envelope);
  }

  #outletFor(method: string): Outlet | undefined {
    const { listening } = this.#options.streams;
    const answering = this.#options.answers.newestOutlet;
    return isAboutARequest(method) ? (answering ?? listening) : (listening ?? answering);
  }

  /** Nobody listens and nothing more is kept: a server that asked must not wait for ever. */
  #refuse(envelope: Request | Notification): void {
    this.#warnOnce("a message of a server was dropped: its client has no open stream", { method: envelope.method });
    if (envelope.kind !== "request") return;
    this.#options.questions.answer(envelope.id);
    this.#options.send(errorMessage(envelope.id, relayErrors.nobodyListens), { kind: "response", id: envelope.id, failed: true });
  }

  /** Once a session and sentence: a child that floods us must not flood the log. */
  #warnOnce(sentence: string, fields: Readonly<Record<string, string | number>>): void {
    if (this.#warned.has(sentence)) return;
    this.#warned.add(sentence);
    this.#options.log.warn(fields, sentence);
  }
}
