import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { isObject } from "../json.ts";
import { startWebHost } from "../web-host.ts";
import { readBody } from "./form-body.ts";
import { tokenOwner } from "./token-owner.ts";
import { answerMcp, type JsonRpc } from "./whoami-tools.ts";

export interface UpstreamMcpServerOptions {
  /** Where it asks whose token arrived: `endpoints.userinfo` of a provider. */
  readonly userinfo: string;
  /** The provider it names in its metadata. Default: the origin of `userinfo`. */
  readonly issuer?: string;
  /** How it answers a request. Default "json". */
  readonly answers?: "json" | "sse";
  /** Whether it has sessions. Default true. */
  readonly sessions?: boolean;
  readonly port?: number;
}

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  /** Everything that arrived, by lower-case name. */
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  readonly status: number;
}

/** An MCP server over Streamable HTTP, with the tool `whoami`, behind a provider's tokens. */
export interface UpstreamMcpServer extends AsyncDisposable {
  readonly url: string;
  /** Every request, in the order of their answers. */
  readonly received: readonly ReceivedRequest[];
  /** Streams that clients have open with GET. */
  readonly streams: number;
  /** Ids of the sessions that live. */
  readonly sessions: readonly string[];
  /** Forgets all sessions, as a restart would. */
  forgetSessions(): void;
  /** Sends a message over every stream that is open. */
  notify(message: JsonRpc): void;
  stop(): Promise<void>;
}

interface Parts {
  readonly options: UpstreamMcpServerOptions;
  readonly origin: () => string;
  readonly sessions: Set<string>;
  readonly streams: Set<ServerResponse>;
}

const metadataPath = "/.well-known/oauth-protected-resource/mcp";

export async function startUpstreamMcpServer(options: UpstreamMcpServerOptions): Promise<UpstreamMcpServer> {
  const received: ReceivedRequest[] = [];
  let origin = "";
  const parts: Parts = { options, origin: () => origin, sessions: new Set(), streams: new Set() };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await readBody(request);
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    await answer(parts, request, response, body);
    received.push({ method: request.method ?? "", path: request.url ?? "", headers: request.headers, body, status: response.statusCode });
  };
  const listen = options.port === undefined ? {} : { port: options.port };
  const host = await startWebHost((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { "content-type": "text/plain" }).end(String(error));
    });
  }, listen);
  origin = `http://127.0.0.1:${host.port}`;
  const stop = async (): Promise<void> => {
    await host[Symbol.asyncDispose]();
  };
  return {
    url: `${origin}/mcp`,
    received,
    get streams() {
      return parts.streams.size;
    },
    get sessions() {
      return [...parts.sessions];
    },
    forgetSessions: () => parts.sessions.clear(),
    notify: (message) => {
      for (const stream of parts.streams) stream.write(event(message));
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** The steps of one request, in the order of the specification. */
async function answer(parts: Parts, request: IncomingMessage, response: ServerResponse, body: unknown): Promise<void> {
  const { options, sessions, streams } = parts;
  const refuse = (status: number, message: string, headers: Readonly<Record<string, string>> = {}): void => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify({ jsonrpc: "2.0", id: null, error: { code: -32_000, message } }));
  };
  const path = (request.url ?? "").split("?")[0];
  if (path === metadataPath) return metadata(parts, response);
  if (path !== "/mcp") return refuse(404, "not found");
  const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  const owner = token === undefined ? undefined : await tokenOwner(options.userinfo, token);
  if (owner === undefined) {
    const wrong = token === undefined ? "" : 'error="invalid_token", ';
    return refuse(401, "unauthorized", { "www-authenticate": `Bearer ${wrong}resource_metadata="${parts.origin()}${metadataPath}"` });
  }
  const hasSessions = options.sessions ?? true;
  const session = request.headers["mcp-session-id"];
  const starts = isObject(body) && body.method === "initialize";
  if (hasSessions && !starts && session === undefined) return refuse(400, "Mcp-Session-Id is missing");
  if (hasSessions && !starts && !sessions.has(String(session))) return refuse(404, "the session is not known");
  if (request.method === "DELETE") {
    sessions.delete(String(session));
    return void response.writeHead(200).end();
  }
  const accepts = request.headers.accept ?? "";
  if (request.method === "GET") {
    if (!hasSessions) return refuse(405, "there is no stream", { allow: "POST" });
    if (!accepts.includes("text/event-stream")) return refuse(406, "a stream must be accepted");
    return openStream(streams, response);
  }
  if (request.method !== "POST") return refuse(405, "not allowed", { allow: "POST, GET, DELETE" });
  if (!accepts.includes("application/json") || !accepts.includes("text/event-stream")) return refuse(406, "JSON and streams must be accepted");
  if (!isObject(body)) return refuse(400, "one message is needed");
  const reply = await answerMcp(body, async () => ({ ...owner, session }));
  if (reply === undefined) return void response.writeHead(202).end();
  const given = starts && hasSessions ? randomUUID() : undefined;
  if (given !== undefined) sessions.add(given);
  const sent = given === undefined ? {} : { "mcp-session-id": given };
  if (options.answers === "sse") response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store", ...sent }).end(event(reply));
  else response.writeHead(200, { "content-type": "application/json", ...sent }).end(JSON.stringify(reply));
}

const event = (message: JsonRpc): string => `event: message\ndata: ${JSON.stringify(message)}\n\n`;

function openStream(streams: Set<ServerResponse>, response: ServerResponse): void {
  streams.add(response);
  response.on("close", () => streams.delete(response));
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" }).write(": open\n\n");
}

function metadata({ options, origin }: Parts, response: ServerResponse): void {
  const servers = [options.issuer ?? new URL(options.userinfo).origin];
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ resource: `${origin()}/mcp`, authorization_servers: servers, bearer_methods_supported: ["header"] }));
}
