import { type Answer, request } from "./answer.ts";
import { eventsIn } from "./event-stream.ts";
import { isObject, jsonObject } from "./json.ts";

export interface OpenStream {
  readonly status: number;
  /** What has arrived so far. */
  text(): string;
  /** Settles when the server, or the network, ends the stream. */
  readonly ended: Promise<void>;
  close(): void;
}

/** A hand-made Streamable HTTP client: it sends what the test says and shows what comes back. */
export class McpSession {
  readonly url: string;
  accessToken: string | undefined;
  sessionId: string | undefined;
  #protocolVersion: string | undefined;
  #nextId = 0;

  constructor(url: string, accessToken: string | undefined) {
    this.url = url;
    this.accessToken = accessToken;
  }

  headers(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      ...(this.accessToken === undefined ? {} : { authorization: `Bearer ${this.accessToken}` }),
      ...(this.sessionId === undefined ? {} : { "mcp-session-id": this.sessionId }),
      ...(this.#protocolVersion === undefined ? {} : { "mcp-protocol-version": this.#protocolVersion }),
      ...extra,
    };
  }

  post(message: unknown, extra: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return request(this.url, { method: "POST", headers: this.headers(extra), body: JSON.stringify(message) });
  }

  async initialize(protocolVersion = "2025-11-25", capabilities: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    const params = { protocolVersion, capabilities, clientInfo: { name: "test", version: "1" } };
    const answer = await this.post({ jsonrpc: "2.0", id: this.#id(), method: "initialize", params });
    if (answer.status !== 200) return answer;
    this.sessionId = answer.headers.get("mcp-session-id") ?? undefined;
    this.#protocolVersion = protocolVersion;
    await this.post({ jsonrpc: "2.0", method: "notifications/initialized" });
    return answer;
  }

  /** Sends one request and answers with the JSON-RPC response to it, wherever in the body that was. */
  async call(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<Record<string, unknown>> {
    const id = this.#id();
    const answer = await this.post({ jsonrpc: "2.0", id, method, params });
    if (answer.status !== 200) throw new Error(`${method} answered ${answer.status}: ${answer.text.slice(0, 300)}`);
    const response = messagesIn(answer).find((message) => message.id === id);
    if (response === undefined) throw new Error(`${method} was not answered: ${answer.text.slice(0, 300)}`);
    return response;
  }

  /** The text a tool answered with; fails on a JSON-RPC error. */
  async callTool(name: string, args: Readonly<Record<string, unknown>> = {}): Promise<string> {
    return toolText(await this.call("tools/call", { name, arguments: args }));
  }

  /** Ends the session at the server. */
  delete(): Promise<Answer> {
    return request(this.url, { method: "DELETE", headers: this.headers() });
  }

  /** The GET stream of the session, or with a message the stream that answers it, while it is still open. */
  async openStream(extra: Readonly<Record<string, string>> = {}, message?: unknown): Promise<OpenStream> {
    const abort = new AbortController();
    const sent = message === undefined ? { headers: { accept: "text/event-stream" } } : { method: "POST", body: JSON.stringify(message) };
    const headers = this.headers({ ...sent.headers, ...extra });
    const response = await fetch(this.url, { ...sent, headers, signal: abort.signal });
    let text = "";
    const read = async (): Promise<void> => {
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
    };
    // A cut connection ends a stream as much as a finished one does.
    const ended = read().catch(() => undefined);
    return { status: response.status, text: () => text, ended, close: () => abort.abort() };
  }

  #id(): number {
    this.#nextId += 1;
    return this.#nextId;
  }
}

/** Every JSON-RPC message of an answer, whether it came as JSON or as a stream. */
export function messagesIn(answer: Answer): readonly Record<string, unknown>[] {
  const isStream = answer.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  if (!isStream) return [answer.json()];
  return eventsIn(answer.text).flatMap((event) => (event.data === "" ? [] : [jsonObject(event.data)]));
}

export function toolText(response: Record<string, unknown>): string {
  const { result } = response;
  if (!isObject(result) || !Array.isArray(result.content)) throw new Error(`no tool result: ${JSON.stringify(response).slice(0, 300)}`);
  const parts: readonly unknown[] = result.content;
  return parts.map((part) => (isObject(part) && typeof part.text === "string" ? part.text : "")).join("");
}
