import type { RequestListener, Server } from "node:http";
import { systemClock, type Clock } from "@mcp-auth-proxy/contracts";
import { createReference, type Log } from "@mcp-auth-proxy/telemetry";
import fastify, { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { logRequests } from "./access-log.ts";
import { watchAllowedMethods } from "./allowed-methods.ts";
import { acceptText } from "./body-parsers.ts";
import { createBrokenConnections } from "./broken-connection.ts";
import { errorAnswer } from "./error-answer.ts";
import { frameworkLog } from "./framework-log.ts";
import { OAuthError } from "./oauth-error.ts";
import { repeatedHeader } from "./repeated-headers.ts";
import { correlationHeader, defaultHeaders } from "./security-headers.ts";
import { createTlsServer, type CertificatePair } from "./tls.ts";

export interface HttpAppOptions {
  readonly log: Log;
  readonly clock?: Clock;
  /** Addresses and CIDRs whose X-Forwarded-For counts. Default: none. */
  readonly trustedProxies?: readonly string[];
  /** Bytes; a route may raise it. Default 64 KiB. */
  readonly bodyLimitBytes?: number;
  /** Speaks TLS with this, and no plain HTTP. Default: plain HTTP. `replaceCertificate` changes it. */
  readonly tls?: CertificatePair;
  /** What differs from `httpLimits`. */
  readonly limits?: Partial<HttpLimits>;
}

/** Milliseconds and bytes. */
export interface HttpLimits {
  readonly headerBytes: number;
  /** To receive the headers of a request; before them, to agree on TLS. */
  readonly headersTimeoutMs: number;
  /** To receive a request whole, body included; an answer may take as long as it wants. */
  readonly requestTimeoutMs: number;
  /** How often the two timeouts above are looked at. */
  readonly timeoutCheckMs: number;
  readonly keepAliveTimeoutMs: number;
  /** Sockets open at a time; more are closed as they come. */
  readonly maxConnections: number;
}

export const httpLimits: HttpLimits = {
  headerBytes: 16_384,
  headersTimeoutMs: 15_000,
  requestTimeoutMs: 30_000,
  timeoutCheckMs: 5_000,
  // Longer than the 60 s of common load balancers, which would otherwise send into a connection that we are closing.
  keepAliveTimeoutMs: 72_000,
  maxConnections: 4_096,
};

const defaultBodyLimitBytes = 65_536;

/**
 * An HTTP server that trusts nothing: bounded sizes and times, bodies as text (see `bodyParameters`), an empty
 * `request.query` (see `queryParameters`), JSON errors in OAuth's terms, and no word about its insides.
 */
export const createHttpApp = (options: HttpAppOptions): FastifyInstance => {
  const { log, tls } = options;
  const limits = { ...httpLimits, ...options.limits };
  const serverOptions = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.timeoutCheckMs,
    requireHostHeader: true,
    insecureHTTPParser: false,
  } as const;
  const tlsServerOptions = { ...serverOptions, keepAliveTimeout: limits.keepAliveTimeoutMs, handshakeTimeout: limits.headersTimeoutMs };

  const answerError = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const answer = errorAnswer(error);
    const note = { err: error, reference: request.id, status: answer.status };
    // A client that went away causes errors too; they are not ours, and anyone could fill the log with them.
    if (answer.unexpected && !request.raw.socket.destroyed) log.error(note, "a request failed");
    else log.debug(note, "a request was refused");
    void reply.code(answer.status).headers({ ...defaultHeaders, [correlationHeader]: request.id, ...answer.headers }).send(answer.body);
  };

  const brokenConnections = createBrokenConnections();
  const app = fastify({
    loggerInstance: frameworkLog(log),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "reference" }),
    genReqId: () => createReference(),
    requestIdHeader: false,
    trustProxy: options.trustedProxies === undefined || options.trustedProxies.length === 0 ? false : [...options.trustedProxies],
    bodyLimit: options.bodyLimitBytes ?? defaultBodyLimitBytes,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    forceCloseConnections: "idle",
    return503OnClosing: false,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, allErrors: false } },
    http: serverOptions,
    ...(tls === undefined ? {} : { serverFactory: (listener: RequestListener): Server => createTlsServer(tls, tlsServerOptions, listener) }),
    routerOptions: { querystringParser: () => ({}), maxParamLength: 512 },
    frameworkErrors: answerError,
    clientErrorHandler: (error, socket) => brokenConnections.refuse(error, socket),
  });

  brokenConnections.watch(app.server);
  // Headers beyond the count would be dropped without a word, a check with them; the size limit is the bound.
  app.server.maxHeadersCount = 0;
  app.server.maxConnections = limits.maxConnections;

  let draining = false;
  app.addHook("preClose", async () => {
    draining = true;
  });
  logRequests(app, log, options.clock ?? systemClock);
  app.addHook("onRequest", (request, reply, done) => {
    reply.headers(defaultHeaders);
    const repeated = repeatedHeader(request.raw);
    if (draining) done(new OAuthError("temporarily_unavailable", "draining"));
    else if (repeated !== undefined) done(new OAuthError("invalid_request", `${repeated} came twice`));
    else done();
  });
  app.addHook("onSend", (_request, reply, payload, done) => {
    // Otherwise the connection of a request that ends while draining would stay open and idle.
    if (draining) reply.header("connection", "close");
    done(null, payload);
  });

  acceptText(app);
  const allowed = watchAllowedMethods(app);

  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) => {
    const methods = allowed.at(request.raw.url?.split("?", 1)[0] ?? "");
    if (methods.length === 0) return reply.code(404).send({ error: "not_found" });
    reply.header("allow", [...new Set([...methods, "OPTIONS"])].join(", "));
    return request.method === "OPTIONS" ? reply.code(204).send() : reply.code(405).send({ error: "method_not_allowed" });
  });
  return app;
};
