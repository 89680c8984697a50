import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { freePort, signIn, waitFor } from "@mcp-auth-proxy/testing";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const echo = [process.execPath, here("../children/echo.mjs")];
const node = process.execPath;

/** How each system is started on a port, in front of the same child. */
const commands = {
  "limit shared": (port) => [node, here("limit-bridge.ts"), "shared", port, ...echo],
  "limit shared again": (port) => [node, here("limit-bridge.ts"), "shared", port, ...echo],
  "limit session": (port) => [node, here("limit-bridge.ts"), "session", port, ...echo],
  "gateway shared": (port) => [node, "--expose-gc", here("gateway.ts"), "shared", port, ...echo],
  "gateway session": (port) => [node, "--expose-gc", here("gateway.ts"), "session", port, ...echo],
  "mcp-proxy": (port) => [node, here("../peers/node_modules/mcp-proxy/dist/bin/mcp-proxy.mjs"), "--port", port, "--server", "stream", "--", ...echo],
  supergateway: (port) => [
    node,
    here("../peers/node_modules/supergateway/dist/index.js"),
    "--stdio",
    echo.join(" "),
    "--outputTransport",
    "streamableHttp",
    "--stateful",
    "--port",
    port,
    "--logLevel",
    "none",
  ],
} satisfies Record<string, (port: string) => string[]>;

export type SystemName = keyof typeof commands;

export interface System {
  readonly name: SystemName;
  readonly url: string;
  /** Empty where nobody asks for a token. */
  readonly authorization: string;
  readonly process: ChildProcess;
  /** User and system time of the threads of the system's own process so far, in microseconds; its children's is not in it. */
  cpuMicros(): number;
  residentBytes(): number;
  stop(): Promise<void>;
}

/** The system under test has a core of its own, so that the load does not take its time. */
const onFirstCore = (command: readonly string[]): string[] => ["taskset", "-c", "0", ...command];

/** As the scheduler counts it, in nanoseconds: /proc/<pid>/stat has hundredths of a second, and a slot may cost three of them. */
const cpuMicrosOf = (pid: number): number => {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.reduce((sum, thread) => sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ", 1)[0]), 0) / 1_000;
};

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "localhost");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });

/** `profiles`: a folder for a CPU profile of the gateway, which slows it down; a run with one says nothing else. */
export const startSystem = async (name: SystemName, profiles?: string): Promise<System> => {
  const port = await freePort();
  const url = `http://localhost:${port}/mcp`;
  const [command = "", ...args] = onFirstCore(commands[name](String(port)));
  const profiled = profiles !== undefined && name.startsWith("gateway") ? { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profiles}` } : {};
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"], detached: true, env: { ...process.env, ...profiled } });
  child.stdout?.resume();
  const pid = child.pid ?? 0;
  try {
    await waitFor(`${name} to listen`, () => listens(port), { everyMs: 50, limitMs: 60_000 });
    const ours = name.startsWith("gateway");
    const authorization = ours ? `Bearer ${(await signIn({ mcpUrl: url, password: "bench" })).tokens.accessToken}` : "";
    return {
      name,
      url,
      authorization,
      process: child,
      cpuMicros: () => cpuMicrosOf(pid),
      residentBytes: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1_024,
      stop: () => stopGroup(child),
    };
  } catch (cause) {
    await stopGroup(child);
    throw cause;
  }
};

const stopGroup = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.pid === undefined) return;
  const exited = once(child, "exit");
  process.kill(-child.pid, "SIGTERM");
  const late = setTimeout(() => process.kill(-(child.pid ?? 0), "SIGKILL"), 5_000);
  await exited;
  clearTimeout(late);
};
