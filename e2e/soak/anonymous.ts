// Sends 100,000 anonymous requests (half /authorize, half /register), each from another address, at a real gateway, and prints
// what they left: sizes of its files, its memory, and how a signed-in user fared meanwhile. Ends with 1 when a bound is passed.
// Run: node e2e/soak/anonymous.ts [requests]
import { statSync } from "node:fs";
import { join } from "node:path";
import { createPkce, Gateway, McpSession, processFacts, registeredClient, signIn, smallServer, tokensIn } from "@mcp-auth-proxy/testing";

const requests = Number(process.argv[2] ?? 100_000);
const atOnce = 16;
/** Rows are bounded by the quotas: 10,000 sign-ins under way and 5,000 clients of a few hundred bytes to some kilobytes each. */
const most = { fileMb: 64, walMb: 16, grownMb: 128 } as const;

const tell = (text: string): void => void process.stdout.write(`${text}\n`);
const megabytes = (bytes: number): number => Math.round((bytes / 1_048_576) * 10) / 10;
const sizeOf = (gateway: Gateway, name: string): number => megabytes(statSync(join(gateway.folders.data, name), { throwIfNoEntry: false })?.size ?? 0);
const residentMb = (gateway: Gateway): number => megabytes(processFacts(gateway.pid)?.residentBytes ?? 0);
const addressOf = (number: number): string => `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;

const statuses = new Map<string, number>();
const count = (what: string, status: number): void => void statuses.set(`${what} ${status}`, (statuses.get(`${what} ${status}`) ?? 0) + 1);

async function authorize(url: URL, number: number): Promise<void> {
  const { challenge } = createPkce();
  url.searchParams.set("code_challenge", challenge);
  url.searchParams.set("state", `${number}-${"s".repeat(400)}`);
  const answer = await fetch(url, { redirect: "manual", headers: { "x-forwarded-for": addressOf(number) } });
  await answer.arrayBuffer();
  count("/authorize", answer.status);
}

async function register(gateway: Gateway, number: number): Promise<void> {
  const answer = await fetch(`${gateway.baseUrl}/register`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": addressOf(number) },
    body: JSON.stringify({ client_name: `Stranger ${number}`, redirect_uris: [`http://127.0.0.1:9/${"x".repeat(200)}`] }),
  });
  await answer.arrayBuffer();
  count("/register", answer.status);
}

/** Calls a tool again and again, and refreshes now and then, until told to end. */
async function live(gateway: Gateway, ended: () => boolean): Promise<{ readonly calls: number; readonly failures: number; readonly slowestMs: number }> {
  const { client, tokens } = await signIn(gateway);
  let { accessToken, refreshToken } = tokens;
  const result = { calls: 0, failures: 0, slowestMs: 0 };
  while (!ended()) {
    const startedAt = performance.now();
    try {
      if (result.calls % 50 === 49) ({ accessToken, refreshToken } = tokensIn(await client.refresh(refreshToken)));
      const session = new McpSession(gateway.mcpUrl, accessToken);
      await session.initialize();
      await session.callTool("echo", { message: "still here" });
      await session.delete();
    } catch (cause) {
      result.failures += 1;
      tell(`the signed-in user: ${String(cause)}`);
    }
    result.calls += 1;
    result.slowestMs = Math.max(result.slowestMs, Math.round(performance.now() - startedAt));
  }
  return result;
}

const environment = { TRUSTED_PROXIES: "127.0.0.1,::1", LOG_LEVEL: "error" };
await using gateway = await Gateway.launch({ command: smallServer, environment });
const stranger = await registeredClient(gateway);
const { url } = stranger.authorizationRequest();
let sent = 0;
let done = false;
const user = live(gateway, () => done);
const before = residentMb(gateway);
let highest = before;
const startedAt = performance.now();
const worker = async (): Promise<void> => {
  while (sent < requests) {
    const number = sent;
    sent += 1;
    await (number % 2 === 0 ? authorize(new URL(url), number) : register(gateway, number));
    if (number % 10_000 === 0) {
      highest = Math.max(highest, residentMb(gateway));
      tell(`${number} sent: auth.db ${sizeOf(gateway, "auth.db")} MB, auth.db-wal ${sizeOf(gateway, "auth.db-wal")} MB, memory ${residentMb(gateway)} MB`);
    }
  }
};
await Promise.all(Array.from({ length: atOnce }, worker));
done = true;
const lived = await user;
const seconds = Math.round((performance.now() - startedAt) / 1000);
highest = Math.max(highest, residentMb(gateway));
const left = { fileMb: sizeOf(gateway, "auth.db"), walMb: sizeOf(gateway, "auth.db-wal"), grownMb: Math.round(highest - before) };
tell(JSON.stringify({ requests, seconds, statuses: Object.fromEntries(statuses), ...left, memoryBeforeMb: before, memoryHighestMb: highest, user: lived }, undefined, 2));
const passed = Object.entries(most).filter(([name, limit]) => Object.entries(left).some(([key, value]) => key === name && value > limit));
if (passed.length > 0 || lived.failures > 0) {
  tell(`a bound was passed: ${passed.join(" ")}`);
  process.exitCode = 1;
}
