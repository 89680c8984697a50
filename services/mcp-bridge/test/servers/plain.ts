// A stdio MCP server without an SDK: it does what a test names as a method, byte for byte. Run it, do not import it.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const write = (line: string): void => void process.stdout.write(`${line}\n`);
const waiting = new Map<unknown, (result: unknown) => void>();

interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: unknown;
  readonly error?: unknown;
}

const answer = (id: unknown, result: unknown): void => write(JSON.stringify({ jsonrpc: "2.0", id, result }));
const notify = (method: string, params: unknown): void => write(JSON.stringify({ jsonrpc: "2.0", method, params }));

const ask = (id: string, method: string): Promise<unknown> =>
  new Promise((resolve) => {
    waiting.set(id, resolve);
    write(JSON.stringify({ jsonrpc: "2.0", id, method }));
  });

/** A test that writes to this file makes another version of the server. */
const version = process.env.VERSION_FILE === undefined ? "1" : readFileSync(process.env.VERSION_FILE, "utf8");
const heard: string[] = [];

const methods: Record<string, (message: Message, line: string) => void | Promise<void>> = {
  initialize: ({ id, params }) =>
    answer(id, { protocolVersion: params?.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "plain", version } }),
  "logging/setLevel": ({ id }) => answer(id, {}),
  "resources/subscribe": ({ id }) => answer(id, {}),
  "resources/unsubscribe": ({ id }) => answer(id, {}),
  /** Every line that this process got before this one. */
  heard: ({ id }) => answer(id, { pid: process.pid, heard: heard.slice(0, -1) }),
  echo: ({ id, params }) => answer(id, params),
  /** The line as it arrived, so that a test can see the bytes. */
  line: ({ id }, line) => answer(id, { line }),
  facts: ({ id }) => answer(id, { pid: process.pid, env: process.env, cwd: process.cwd(), args: process.argv.slice(2), uid: process.getuid?.() }),
  /** Answers with this exact text. */
  say: ({ params }) => write(String(params?.text)),
  hang: () => undefined,
  crash: () => void process.kill(process.pid, "SIGKILL"),
  progress: ({ id, params }) => {
    const count = Number(params?.count);
    const { progressToken } = (params?._meta ?? {}) as { progressToken?: unknown };
    for (let progress = 1; progress <= count; progress += 1) notify("notifications/progress", { progressToken, progress, total: count });
    answer(id, { count });
  },
  chatter: ({ id, params }) => {
    for (let at = 1; at <= Number(params?.count); at += 1) notify("notifications/message", { level: "info", data: `${at}${"x".repeat(Number(params?.bytes ?? 0))}` });
    if (id !== undefined) answer(id, {});
  },
  changes: ({ id, params }) => {
    for (let at = 1; at <= Number(params?.count); at += 1) notify("notifications/tools/list_changed", {});
    answer(id, {});
  },
  /** Says that these resources have changed. */
  updates: ({ id, params }) => {
    for (const uri of (params as { uris: string[] }).uris) notify("notifications/resources/updated", { uri });
    answer(id, {});
  },
  /** Large notifications for everybody. */
  flood: ({ id, params }) => {
    for (let at = 1; at <= Number(params?.count); at += 1) notify("notifications/tools/list_changed", { pad: "x".repeat(Number(params?.bytes)) });
    answer(id, {});
  },
  /** Waits until `release` comes, with progress before and after. */
  hold: ({ id, params }) => {
    const { progressToken } = (params?._meta ?? {}) as { progressToken?: unknown };
    notify("notifications/progress", { progressToken, progress: 1 });
    held.push(() => {
      notify("notifications/progress", { progressToken, progress: 2 });
      answer(id, { held: params?.text ?? "x".repeat(Number(params?.bytes ?? 0)) });
    });
  },
  release: ({ id }) => {
    for (const go of held.splice(0)) go();
    if (id !== undefined) answer(id, {});
  },
  /** Is never answered; says progress whenever `tock` comes. */
  tick: ({ params }) => void ticking.push((params as { _meta: { progressToken?: unknown } })._meta.progressToken),
  tock: () => {
    for (const progressToken of ticking) notify("notifications/progress", { progressToken, progress: 1 });
  },
  /** Which calls were cancelled so far. */
  cancelled: ({ id }) => answer(id, { cancelled }),
  "notifications/cancelled": ({ params }) => void cancelled.push(params?.requestId),
  /** Asks the client, and answers with what the client said. */
  ask: async ({ id, params }) => answer(id, { said: await ask(String(params?.as), "roots/list") }),
  /** Asks the client without anyone waiting; the outcome can be read with `outcome`. */
  wonder: async ({ params }) => void outcomes.set(String(params?.as), await ask(String(params?.as), "roots/list")),
  outcome: ({ id, params }) => answer(id, { outcome: outcomes.get(String(params?.as)) ?? "none" }),
  stderr: ({ id, params }) => {
    process.stderr.write(String(params?.text));
    answer(id, {});
  },
};
const held: (() => void)[] = [];
const ticking: unknown[] = [];
const cancelled: unknown[] = [];
const outcomes = new Map<string, unknown>();

for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
  const message = JSON.parse(line) as Message;
  if (heard.length < 100) heard.push(line);
  if (message.method === undefined) waiting.get(message.id)?.(message.result ?? message.error);
  else void methods[message.method]?.(message, line);
}
