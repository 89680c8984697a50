// Prints how long the gateway takes from being spawned to listening, and what it weighs. Run: node e2e/measure.ts
import { connect } from "node:net";
import { freePort, gatewayFolders, everythingServer, processFacts, removeFolders, signIn, startCommandLine, waitFor, McpSession } from "@mcp-auth-proxy/testing";

const rounds = 5;
const megabytes = (pid: number): number => Math.round((processFacts(pid)?.residentBytes ?? 0) / 1_048_576);

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });

async function measureOnce(): Promise<{ readonly listeningMs: number; readonly restMb: number; readonly usedMb: number }> {
  const folders = gatewayFolders();
  const port = await freePort();
  const password = "a long test password";
  const baseUrl = `http://localhost:${port}`;
  const startedAt = performance.now();
  const launched = startCommandLine(["--", ...everythingServer], folders, { environment: { EXTERNAL_URL: baseUrl, PASSWORD: password } });
  try {
    await waitFor("the gateway to listen", () => listens(port), { everyMs: 2, limitMs: 30_000 });
    const listeningMs = Math.round(performance.now() - startedAt);
    const restMb = megabytes(launched.pid);
    const { tokens } = await signIn({ mcpUrl: `${baseUrl}/mcp`, password });
    const session = new McpSession(`${baseUrl}/mcp`, tokens.accessToken);
    await session.initialize();
    for (let call = 0; call < 200; call += 1) await session.callTool("echo", { message: "x" });
    return { listeningMs, restMb, usedMb: megabytes(launched.pid) };
  } finally {
    await launched.kill();
    removeFolders(folders);
  }
}

const measured = [];
for (let round = 0; round < rounds; round += 1) measured.push(await measureOnce());
for (const key of ["listeningMs", "restMb", "usedMb"] as const) {
  const values = measured.map((one) => one[key]).sort((a, b) => a - b);
  process.stdout.write(`${key}: median ${values[Math.floor(rounds / 2)]}, worst ${values.at(-1)} of ${rounds}\n`);
}
