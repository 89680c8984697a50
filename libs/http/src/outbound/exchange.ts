import { request as requestHttp, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions } from "node:http";
import { Agent, request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { ok, type Result } from "@mcp-auth-proxy/contracts";
import { failed, type OutboundFailure } from "./failure.ts";

/** A document that came with status 200. `body` is as it was sent, never decompressed. */
export interface OutboundDocument {
  readonly status: number;
  readonly headers: Readonly<IncomingHttpHeaders>;
  readonly body: Uint8Array;
}

export interface Connection {
  readonly url: URL;
  /** Checked; the connection goes to one of these and to nothing else. Undefined: wherever the system's resolver leads. */
  readonly addresses: readonly string[] | undefined;
  readonly signal: AbortSignal;
}

export interface Exchange extends Connection {
  readonly accept: string;
  readonly maxBytes: number;
}

/** What is sent beyond what every request of ours says. */
export interface Sent {
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Waited for when the connection stands and nothing was written yet; where it rejects, nothing ever is. */
  readonly beforeSending?: () => Promise<void>;
}

const maxHeaderBytes = 16_384;
// Of its own: no kept connections, no resumed sessions, and none of the global agent's proxies.
const agent = new Agent({ keepAlive: false, maxCachedSessions: 0 });

/** Answers with what was checked, whatever the name says by now: a second question could get a second answer. */
const pinned = (addresses: readonly string[]): LookupFunction => (_host, options, done) => {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  const [first] = found;
  if (options.all === true) done(null, found);
  else done(null, first?.address ?? "", first?.family);
};

/** When the socket is connected and, for https, the handshake is done. Node writes nothing before the request is ended. */
const connected = (request: ClientRequest, event: "connect" | "secureConnect"): Promise<void> =>
  new Promise((resolve) => {
    request.once("socket", (socket) => socket.once(event, () => resolve()));
  });

/** Sends a request over a connection of its own; resolves with the head of the answer, which is the caller's to read or destroy. */
export const open = ({ url, addresses, signal }: Connection, { method, headers, body, beforeSending }: Sent): Promise<IncomingMessage> => {
  const length: RequestOptions["headers"] = body === undefined ? {} : { "content-length": body.byteLength };
  const options: RequestOptions = {
    method,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? undefined : url.port,
    path: `${url.pathname}${url.search}`,
    headers: { "user-agent": "mcp-auth-proxy", ...headers, ...length, host: url.host, "accept-encoding": "identity", connection: "close" },
    ...(addresses === undefined ? {} : { lookup: pinned(addresses) }),
    maxHeaderSize: maxHeaderBytes,
    signal,
  };
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === "https:"
        ? // Spelled out, because an environment variable could turn it off.
          requestHttps({ ...options, agent, rejectUnauthorized: true, minVersion: "TLSv1.2" }, resolve)
        : requestHttp({ ...options, agent: false }, resolve);
    request.on("error", reject);
    const send = (): unknown => request.end(body);
    if (beforeSending === undefined) send();
    else {
      connected(request, url.protocol === "https:" ? "secureConnect" : "connect")
        .then(beforeSending)
        .then(send)
        .catch((cause: unknown) => {
          reject(cause);
          request.destroy();
        });
    }
  });
};

/** Stops at the first byte too many, whatever the announced length was. */
export const readBody = async (response: IncomingMessage, maxBytes: number): Promise<Uint8Array | undefined> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError("a body is read as bytes");
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/** One GET over a connection of its own. Rejects when the connection fails or `signal` ends it. */
export const exchange = async (asked: Exchange): Promise<Result<OutboundDocument, OutboundFailure>> => {
  const response = await open(asked, { method: "GET", headers: { accept: asked.accept } });
  try {
    const { statusCode: status = 0, headers } = response;
    if (status >= 300 && status < 400) return failed("redirect", "a redirect, which is not followed", { status });
    if (status !== 200) return failed("status", "the status is not 200", { status });
    // Nothing was asked for but plain bytes, and a few compressed ones could become gigabytes.
    if ((headers["content-encoding"] ?? "identity").toLowerCase() !== "identity") return failed("encoding", "the body is encoded", { status });
    const body = await readBody(response, asked.maxBytes);
    return body === undefined ? failed("too_large", `more than ${asked.maxBytes} bytes`, { status }) : ok({ status, headers, body });
  } finally {
    response.destroy();
  }
};
