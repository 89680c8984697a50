// Puts a real gateway's bridge through what goes wrong with servers and clients, and prints what it cost: a server killed in
// the middle of calls, a client that never reads, a thousand sessions that nobody ends. Ends with 1 when a bound is passed.
// Run: node e2e/soak/bridge.ts [kill|stall|abandon]
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { descendants, Gateway, isObject, McpSession, openFiles, processFacts, registeredClient, request, signIn, waitFor } from "@mcp-auth-proxy/testing";
import { Bystander } from "./fuzz/bystander.ts";
import { Sender } from "./fuzz/sender.ts";
import { megabytes, ProbedGateway } from "./probed-gateway.ts";

const only = process.argv[2];
const trialServer = [process.execPath, join(import.meta.dirname, "trial-server.ts")];
/** Small, so that hundreds of them cost little: answers every line that has an id. */
const lightServer = ["/bin/sh", "-c", `while IFS= read -r l; do case $l in *'"id":'*) i=\${l##*'"id":'}; i=\${i%%[,\\}]*}; printf '{"jsonrpc":"2.0","id":%s,"result":{}}\\n' "$i";; esac; done`];

const tell = (text: string): void => void process.stdout.write(`${text}\n`);
const faults: string[] = [];
const keep = (isKept: boolean, bound: string): void => {
  if (!isKept) faults.push(bound);
};
const residentMb = (gateway: Gateway): number => megabytes(processFacts(gateway.pid)?.residentBytes ?? 0);

async function open(gateway: Gateway, token: string): Promise<McpSession> {
  const session = new McpSession(gateway.mcpUrl, token);
  await session.initialize();
  return session;
}

async function kill(): Promise<void> {
  const [rounds, calls] = [20, 50];
  await using gateway = await Gateway.launch({ command: trialServer, environment: { LOG_LEVEL: "error" } });
  const [victim, other] = [await signIn(gateway), await signIn(gateway)];
  const bystander = await Bystander.start(gateway.mcpUrl, other.tokens.accessToken, gateway.baseUrl);
  const slowest = { errorMs: 0, nextMs: 0 };
  let wrong = 0;
  for (let round = 0; round < rounds; round += 1) {
    const session = await open(gateway, victim.tokens.accessToken);
    const { result } = await session.call("pid");
    const pid = isObject(result) ? Number(result.pid) : 0;
    const sender = new Sender(gateway.mcpUrl, victim.tokens.accessToken, calls);
    sender.sessionId = session.sessionId;
    let killedAt = 0;
    const waiting = Array.from({ length: calls }, async (_, at) => {
      const { status, text } = await sender.post(JSON.stringify({ jsonrpc: "2.0", id: `c-${at}`, method: "hang" }), { accept: "application/json" });
      slowest.errorMs = Math.max(slowest.errorMs, performance.now() - killedAt);
      if (status !== 200 || !text.includes("The MCP server ended before it answered.")) wrong += 1;
    });
    await pause(300);
    killedAt = performance.now();
    process.kill(pid, "SIGKILL");
    await Promise.all(waiting);
    const next = performance.now();
    const again = await session.call("pid");
    slowest.nextMs = Math.max(slowest.nextMs, performance.now() - next);
    if (!isObject(again.result) || again.result.pid === pid) wrong += 1;
    await session.delete();
    sender.close();
  }
  await bystander.stop();
  const seen = bystander.end();
  tell(
    `kill -9 of a server with ${calls} calls under way, ${rounds} times: last error after ${Math.round(slowest.errorMs)} ms at most, the next call answered ` +
      `by a new process after ${Math.round(slowest.nextMs)} ms at most; ${wrong} wrong answers; bystander ${seen.answered} answers, slowest ${Math.round(seen.slowestMs)} ms, ${seen.wrong.length} wrong`,
  );
  keep(slowest.errorMs < 100, "errors within 100 ms");
  keep(wrong === 0 && seen.wrong.length === 0, "right answers");
}

/** A client that asks and then does not read: its socket stays as full as the system lets it. */
function neverRead(session: McpSession, message: unknown): { close(): void } {
  const body = JSON.stringify(message);
  const asking = httpRequest(session.url, { method: "POST", agent: false, headers: { ...session.headers({ accept: "text/event-stream" }), "content-length": body.length } }, (answer) => answer.pause());
  asking.on("error", () => undefined).end(body);
  return { close: () => void asking.destroy() };
}

async function stall(): Promise<void> {
  await using gateway = await Gateway.launch({ command: trialServer, environment: { LOG_LEVEL: "error" } });
  const [slow, other] = [await signIn(gateway), await signIn(gateway)];
  const session = await open(gateway, slow.tokens.accessToken);
  const bystander = await Bystander.start(gateway.mcpUrl, other.tokens.accessToken, gateway.baseUrl);
  await pause(3_000);
  const before = residentMb(gateway);
  bystander.begin();
  // 100 MB in one stream, as small and as large messages.
  const clients = [[100_000, 1_000], [100, 1_000_000]].map(([count, bytes]) => neverRead(session, { jsonrpc: "2.0", id: `t-${bytes}`, method: "talk", params: { count, bytes } }));
  let highest = 0;
  for (let at = 0; at < 100; at += 1) {
    highest = Math.max(highest, residentMb(gateway));
    await pause(100);
  }
  const seen = bystander.end();
  tell(
    `a client that never reads two streams of 100 MB, for 10 s: memory ${before} MB before, ${highest} MB at most (+${Math.round(highest - before)} MB); ` +
      `bystander ${seen.answered} answers, slowest ${Math.round(seen.slowestMs)} ms, ${seen.wrong.length} wrong`,
  );
  keep(highest - before < 32, "less than 32 MB for a client that does not read");
  keep(seen.wrong.length === 0, "right answers beside it");
  for (const client of clients) client.close();
  await bystander.stop();
}

async function abandon(): Promise<void> {
  await using probed = await ProbedGateway.launch({ command: lightServer });
  const { gateway } = probed;
  const processes = (): number => descendants(gateway.pid).length;
  let [opened, mostProcesses, rounds] = [0, 0, 0];
  const statuses: Record<string, number> = {};
  /** A new client takes all that a person can have, and is never heard of again; then the person ends its access. */
  const round = async (): Promise<void> => {
    const { client, tokens } = await signIn(gateway, await registeredClient(gateway));
    for (let at = 0; at < 40; at += 1) {
      const { status } = await new McpSession(gateway.mcpUrl, tokens.accessToken).initialize();
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status === 200) opened += 1;
    }
    mostProcesses = Math.max(mostProcesses, processes());
    const revoked = await request(`${gateway.baseUrl}/revoke`, { method: "POST", body: new URLSearchParams({ token: tokens.refreshToken, client_id: client.clientId }) });
    if (revoked.status !== 200) throw new Error(`/revoke answered ${revoked.status}`);
    await waitFor("its processes to end", () => processes() === 0, { limitMs: 30_000 });
    rounds += 1;
  };
  for (let warm = 0; warm < 3; warm += 1) await round();
  const before = { ...(await probed.readAtRest()), files: openFiles(gateway.pid).length };
  for (let measured = 0; measured < 32; measured += 1) await round();
  const after = { ...(await probed.readAtRest()), files: openFiles(gateway.pid).length };
  tell(
    `${opened} sessions opened and abandoned in ${rounds} rounds (answers to initialize: ${JSON.stringify(statuses)}): at most ${mostProcesses} processes, ${processes()} left; ` +
      `descriptors ${before.files} then ${after.files}; rss ${megabytes(before.rss)} then ${megabytes(after.rss)} MB; heap ${megabytes(before.heapUsed)} then ${megabytes(after.heapUsed)} MB`,
  );
  keep(after.files <= before.files + 5, "descriptors return");
  keep(processes() === 0, "processes return");
  keep(megabytes(after.heapUsed - before.heapUsed) < 8 && megabytes(after.rss - before.rss) < 48, "memory returns");
}

for (const [name, trial] of Object.entries({ kill, stall, abandon })) if (only === undefined || only === name) await trial();
tell(faults.length === 0 ? "every bound was kept" : `passed: ${faults.join("; ")}`);
if (faults.length > 0) process.exitCode = 1;
