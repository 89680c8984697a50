import type { Logger } from "pino";

/** Structured logging. Messages are constant; what varies goes into fields, and fields are redacted at the sink. */
export type Log = Logger;

export interface Span {
  setAttribute(name: string, value: string | number | boolean): void;
  fail(cause: unknown): void;
  end(): void;
}

/** Tracing as the code sees it: nothing below this line knows which tracer is in use, or whether one is. */
export interface Tracer {
  /** Runs `work` inside a span that is a child of the current one. Ends it however `work` ends. */
  inSpan<T>(name: string, attributes: Readonly<Record<string, string | number | boolean>>, work: (span: Span) => Promise<T>): Promise<T>;
  /** W3C Trace Context headers of the current span; empty when tracing is off. */
  headers(): Readonly<Record<string, string>>;
  /** Runs `work` as a continuation of the trace that the headers name. */
  continued<T>(headers: Readonly<Record<string, string | undefined>>, work: () => Promise<T>): Promise<T>;
}
