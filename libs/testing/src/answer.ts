import { request as httpRequest } from "node:http";
import { jsonObject } from "./json.ts";

/** What came over the wire, whole and unjudged, so that a test can look at every part of it. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as a JSON object; fails when it is anything else. */
  json(): Record<string, unknown>;
}

export interface RequestOptions {
  readonly method?: string;
  /** Sent as they are, a forged Host among them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Parameters go out as a form, everything else as it is. */
  readonly body?: string | URLSearchParams;
  /** The loopback address to come from: on Linux all of 127.0.0.0/8 is ours, so a test can be many people. */
  readonly from?: string;
}

/** Sends one request on a connection of its own, never follows a redirect, and reads the whole body. */
export function request(url: string | URL, { method = "GET", headers = {}, body, from }: RequestOptions = {}): Promise<Answer> {
  const sent = body === undefined ? undefined : body.toString();
  const implied = {
    ...(body instanceof URLSearchParams ? { "content-type": "application/x-www-form-urlencoded" } : {}),
    ...(sent === undefined ? {} : { "content-length": String(Buffer.byteLength(sent)) }),
  };
  const origin = from === undefined ? {} : { localAddress: from, family: 4 };
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { method, headers: { ...implied, ...headers }, agent: false, signal: AbortSignal.timeout(30_000), ...origin }, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      incoming.once("error", reject);
      incoming.once("end", () => {
        resolve({ status: incoming.statusCode ?? 0, headers: headersOf(incoming.rawHeaders), text, json: () => jsonObject(text) });
      });
    });
    outgoing.once("error", reject);
    outgoing.end(sent);
  });
}

function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < raw.length; index += 2) headers.append(raw[index] ?? "", raw[index + 1] ?? "");
  return headers;
}

let lastAddress = 0;

/** A loopback address nobody used before in this process: limits count by address. */
export function freshAddress(): string {
  lastAddress += 1;
  return `127.${1 + (process.pid % 250)}.${Math.floor(lastAddress / 250) % 250}.${1 + (lastAddress % 250)}`;
}
