import type { Caller } from "@mcp-auth-proxy/access-token";
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { Clock } from "@mcp-auth-proxy/contracts";
import type { Dispatcher } from "undici";
import type { Account } from "../inject/accounts.ts";
import type { Lease } from "../inject/lease.ts";
import type { BridgeLimits } from "../limits.ts";
import { readEnvelope } from "../wire/envelope.ts";
import { Gathered } from "../wire/gathered.ts";
import { type AnswerHead, readAnswerHead } from "./answer-head.ts";
import { Delivery } from "./delivery.ts";
import { EventRewriter } from "./event-rewriter.ts";
import type { ServerPool, ServerRequest } from "./server-pool.ts";
import type { Trouble, TroubleAnswer } from "./trouble.ts";

export interface ExchangeOptions {
  readonly pool: Pick<ServerPool, "dispatch">;
  readonly limits: BridgeLimits;
  readonly clock: Clock;
  readonly caller: Caller;
  readonly account: Account | undefined;
  readonly method: ServerRequest["method"];
  /** What to send with this lease. */
  readonly request: (lease: Lease | undefined) => Omit<ServerRequest, "method">;
  /** Whether a session of the server's goes with it. */
  readonly session: boolean;
  readonly deadlineMs: number | undefined;
  readonly response: ServerResponse;
  /** Of the answer, whatever its form. */
  readonly headers: Readonly<Record<string, string>>;
  /** Looks at each message of the answer; undefined: it goes on as the bytes that came. */
  readonly look: ((message: Buffer) => Buffer | undefined) | undefined;
  /** The head of an answer that goes on; answers with headers of its own for the client. */
  readonly accepted: (headers: IncomingHttpHeaders) => Readonly<Record<string, string>>;
  readonly told: (trouble: Trouble) => TroubleAnswer;
  /** Called once; `trouble` where there was any. */
  readonly ended: (trouble: Trouble | undefined) => void;
  /** Told of a mistake of our own, which ends this request and nothing else. */
  readonly broke: (cause: unknown) => void;
}

const errorBytes = 64 * 1024;

/**
 * One request of a client at a server behind an address, and the answer on its way back: held up where the client does
 * not keep up, ended where either side goes away. It is sent once; a second time only where the server did not let the
 * first one in, with another token, and nothing has gone to the client yet.
 */
export class Exchange {
  readonly caller: Caller;
  readonly #options: ExchangeOptions;
  readonly #delivery: Delivery;
  readonly #latestAt: number;
  #deadlineAt: number;
  #attempt = 0;
  #controller: Dispatcher.DispatchController | undefined;
  #head: AnswerHead | undefined;
  #rewriter: EventRewriter | undefined;
  #gathered: Gathered | undefined;
  #answerHeaders: Readonly<Record<string, string>> = {};
  #renewed = false;
  #over = false;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.caller = options.caller;
    const { response, clock, limits, deadlineMs } = options;
    const now = clock.now();
    this.#deadlineAt = now + (deadlineMs ?? Number.POSITIVE_INFINITY);
    this.#latestAt = deadlineMs === undefined ? Number.POSITIVE_INFINITY : now + limits.requestMaxMs;
    this.#delivery = new Delivery(response, clock, limits.stallMs, { pause: () => this.#controller?.pause(), resume: () => this.#controller?.resume() });
    // A client that goes away takes its request along: what the server makes of that is between the two.
    response.once("close", () => this.#finish(undefined));
  }

  /** Whether it lasts until somebody ends it. */
  get endless(): boolean {
    return this.#options.deadlineMs === undefined;
  }

  /** Whether the server has given an answer that went on. */
  get answered(): boolean {
    return this.#head?.kind === "json" || this.#head?.kind === "stream" || this.#head?.kind === "nothing";
  }

  start(): void {
    const { account } = this.#options;
    if (account === undefined) this.#send(undefined);
    else if (account.lease.ok) this.#send(account.lease.value);
    else this.#fail({ kind: "account", reason: account.lease.error });
  }

  /** Ends it at once, unfinished: its caller may not hear any more. */
  cut(): void {
    this.#options.response.destroy();
    this.#finish(undefined);
  }

  /** Ends a stream in good order: its client may come back. */
  end(): void {
    if (this.#over) return;
    this.#delivery.end();
    this.#controller?.abort(new Error("the stream is at its end"));
    this.#done();
  }

  keepAlive(): void {
    if (this.#head?.kind === "stream") this.#delivery.keepAlive();
  }

  sweep(now: number): void {
    if (this.#over) return;
    if (this.#delivery.stalled(now)) this.cut();
    else if (this.endless && this.caller.expiresAt <= now) this.end();
    else if (this.#deadlineAt <= now) this.#fail({ kind: "timed-out" });
  }

  #send(lease: Lease | undefined): void {
    this.#attempt += 1;
    const attempt = this.#attempt;
    const current = (): boolean => !this.#over && this.#attempt === attempt;
    const reason = new Error("nobody waits for the answer any more");
    const { pool, method, request } = this.#options;
    pool.dispatch({ method, ...request(lease) }, {
      onRequestStart: (controller) => {
        if (current()) this.#controller = controller;
        else controller.abort(reason);
      },
      onResponseStart: (_controller, status, headers) => {
        // 1xx says nothing yet.
        if (current() && status >= 200) this.#onHead(status, headers, lease);
      },
      onResponseData: (controller, chunk) => {
        if (current()) this.#onData(chunk);
        else controller.abort(reason);
      },
      onResponseEnd: () => {
        if (current()) this.#onEnd();
      },
      onResponseError: () => {
        if (current()) this.#fail({ kind: this.#controller === undefined ? "unreachable" : "interrupted" });
      },
    });
  }

  #onHead(status: number, headers: IncomingHttpHeaders, lease: Lease | undefined): void {
    const { method, session } = this.#options;
    const head = readAnswerHead(status, headers, { method, session });
    this.#head = head;
    switch (head.kind) {
      case "unauthorized":
        void this.#renew(lease).catch((cause: unknown) => {
          this.#options.broke(cause);
          this.#fail({ kind: "account", reason: "unavailable" });
        });
        return;
      case "trouble":
        this.#fail(head.trouble);
        return;
      case "error":
        this.#gathered = new Gathered();
        return;
      case "nothing":
        this.#options.accepted(headers);
        this.#delivery.nothing(202, this.#options.headers);
        this.#done();
        return;
      case "stream":
      case "json":
        this.#open(head, { ...this.#options.headers, ...this.#options.accepted(headers) });
        return;
      default: {
        const never: never = head;
        throw new Error(`nothing is done with ${JSON.stringify(never)}`);
      }
    }
  }

  #open(head: Extract<AnswerHead, { kind: "stream" | "json" }>, headers: Readonly<Record<string, string>>): void {
    const { look, limits } = this.#options;
    this.#answerHeaders = headers;
    if (head.kind === "json" && look !== undefined) this.#gathered = new Gathered();
    else if (head.kind === "json") this.#delivery.openJson(head.status, headers, head.length);
    else {
      this.#delivery.openStream(headers);
      if (look !== undefined) this.#rewriter = new EventRewriter(limits.answerBytes, look);
    }
  }

  #onData(chunk: Buffer): void {
    const { limits, clock, deadlineMs } = this.#options;
    // Whoever says something is still there.
    if (deadlineMs !== undefined) this.#deadlineAt = Math.min(clock.now() + deadlineMs, this.#latestAt);
    if (this.#gathered !== undefined) {
      if (this.#gathered.length + chunk.length > (this.#head?.kind === "error" ? errorBytes : limits.answerBytes)) this.#fail({ kind: "bad-answer" });
      else this.#gathered.add(chunk);
      return;
    }
    const shown = this.#rewriter === undefined ? chunk : this.#rewriter.push(chunk);
    if (shown === undefined) this.#fail({ kind: "bad-answer" });
    else if (shown.length > 0) this.#delivery.write(shown, this.#rewriter !== undefined);
  }

  #onEnd(): void {
    if (this.#gathered === undefined) this.#delivery.end();
    else {
      const whole = this.#gathered.take();
      const head = this.#head;
      const status = head?.kind === "json" || head?.kind === "error" ? head.status : 200;
      const shown = head?.kind === "error" && !isError(whole) ? undefined : this.#looked(whole);
      if (shown === undefined) {
        this.#fail({ kind: "bad-answer" });
        return;
      }
      this.#delivery.whole(status, { ...this.#options.headers, ...this.#answerHeaders, "content-type": "application/json" }, shown);
    }
    this.#done();
  }

  /** Everything was said; what its client has not taken yet is still on its way. */
  #done(): void {
    this.#attempt += 1;
    this.#controller = undefined;
    this.#deadlineAt = Number.POSITIVE_INFINITY;
    this.#gathered = undefined;
    if (this.#options.response.destroyed) this.#finish(undefined);
  }

  #looked(message: Buffer): Buffer | undefined {
    const { look } = this.#options;
    return look === undefined ? message : look(message);
  }

  /** The server did not let the request in, so it has not happened: it may be sent once more with another token. */
  async #renew(lease: Lease | undefined): Promise<void> {
    const { account } = this.#options;
    if (account === undefined || lease === undefined) {
      this.#fail({ kind: "refused" });
      return;
    }
    if (this.#renewed) {
      account.giveUp(lease);
      this.#fail({ kind: "account", reason: "reconnect_required" });
      return;
    }
    this.#renewed = true;
    this.#attempt += 1;
    this.#controller?.abort(new Error("another token is needed"));
    this.#controller = undefined;
    const renewed = await account.renew(lease);
    if (this.#over) return;
    if (renewed.ok) this.#send(renewed.value);
    else this.#fail({ kind: "account", reason: renewed.error });
  }

  #fail(trouble: Trouble): void {
    if (this.#over) return;
    const { status, headers, body } = this.#options.told(trouble);
    // Where something was said already there is no place for an error: the client sees a connection that broke.
    if (this.#delivery.begun) this.#options.response.destroy();
    else this.#delivery.whole(status, { ...this.#options.headers, ...headers, "content-type": "application/json" }, body);
    this.#finish(trouble);
  }

  #finish(trouble: Trouble | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#gathered = undefined;
    this.#controller?.abort(new Error("nobody waits for the answer any more"));
    this.#options.ended(trouble);
  }
}

const isError = (body: Buffer): boolean => {
  const read = readEnvelope(body);
  return read.ok && read.value.kind === "response" && read.value.failed;
};
