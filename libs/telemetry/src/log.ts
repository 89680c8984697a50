import pino from "pino";
import type { Log } from "./port.ts";
import { redact } from "./redact.ts";
import { textLine } from "./text-line.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFormat = "text" | "json";

/** Where finished lines go: anything with `write`, for example `process.stdout`. */
export interface LogDestination {
  write(line: string): unknown;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Default: standard output, written in the background and flushed when the process exits. */
  readonly destination?: LogDestination;
}

/**
 * The process's log. Redaction is the last step before the bytes leave, on the finished line: whatever way a
 * secret took into it (a field, a message, a stack, a nested error), it passes there.
 */
export const createLog = (options: LogOptions): Log => {
  const destination = options.destination ?? pino.destination({ fd: 1, sync: false });
  const sink = {
    write: (line: string): void => {
      const redacted = redact(line);
      destination.write(options.format === "json" ? redacted : redact(textLine(redacted)));
    },
  };
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    sink,
  );
};
