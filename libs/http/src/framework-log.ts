import type { Log } from "@mcp-auth-proxy/telemetry";
import type { FastifyBaseLogger } from "fastify";

/** The log as Fastify gets it. What it would tell an operator (that it listens, that a stream ended early), we tell ourselves. */
export const frameworkLog = (log: Log): FastifyBaseLogger => ({
  level: log.level,
  fatal: log.fatal.bind(log),
  error: log.error.bind(log),
  warn: log.warn.bind(log),
  info: log.debug.bind(log),
  debug: log.debug.bind(log),
  trace: log.trace.bind(log),
  silent: log.silent.bind(log),
  child: (bindings, options) => frameworkLog(log.child(bindings, options)),
});
