// The floor: HTTP to stdio with nothing but an id rewritten. No token, no session rules, no limits, no restart. Not a product.
// Run: node limit-bridge.ts <shared|session> <port> <command> [args…]
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";

const [mode, port, command = "", ...args] = process.argv.slice(2);

interface Waiting {
  readonly id: unknown;
  readonly response: ServerResponse;
  streaming: boolean;
}

class Child {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #rest = "";

  constructor() {
    this.#process = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#process.stdout?.setEncoding("utf8").on("data", (chunk: string) => this.#read(chunk));
  }

  send(message: { id?: unknown; params?: { _meta?: { progressToken?: unknown } } }, response?: ServerResponse): void {
    if (response !== undefined) {
      const id = this.#next++;
      this.#waiting.set(id, { id: message.id, response, streaming: false });
      message.id = id;
      if (message.params?._meta?.progressToken !== undefined) message.params._meta.progressToken = id;
    }
    this.#process.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  end(): void {
    this.#process.kill("SIGKILL");
  }

  #read(chunk: string): void {
    const lines = (this.#rest + chunk).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") this.#route(line);
  }

  #route(line: string): void {
    const message = JSON.parse(line);
    const waiting = this.#waiting.get(message.id ?? message.params?.progressToken);
    if (waiting === undefined) return;
    const { response } = waiting;
    if (message.id === undefined) {
      if (!waiting.streaming) response.writeHead(200, { "content-type": "text/event-stream" });
      waiting.streaming = true;
      if (!response.write(`event: message\ndata: ${line}\n\n`) && this.#process.stdout?.isPaused() === false) {
        this.#process.stdout.pause();
        response.once("drain", () => this.#process.stdout?.resume());
      }
      return;
    }
    this.#waiting.delete(message.id);
    const answer = JSON.stringify({ ...message, id: waiting.id });
    if (waiting.streaming) response.end(`event: message\ndata: ${answer}\n\n`);
    else response.writeHead(200, { "content-type": "application/json" }).end(answer);
  }
}

const shared = mode === "shared" ? new Child() : undefined;
const sessions = new Map<string, Child>();

createServer((request, response) => {
  const name = String(request.headers["mcp-session-id"] ?? "");
  if (request.method === "DELETE") {
    sessions.get(name)?.end();
    sessions.delete(name);
    response.writeHead(204).end();
    return;
  }
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const message = JSON.parse(Buffer.concat(chunks).toString());
    let child = shared ?? sessions.get(name);
    if (message.method === "initialize") {
      const id = randomUUID();
      response.setHeader("mcp-session-id", id);
      if (child === undefined) sessions.set(id, (child = new Child()));
    }
    if (message.id !== undefined) return child?.send(message, response);
    child?.send(message);
    response.writeHead(202).end();
  });
}).listen(Number(port), "127.0.0.1", () => process.stdout.write("ready\n"));
process.on("SIGTERM", () => {
  shared?.end();
  for (const child of sessions.values()) child.end();
  process.exit(0);
});
