// Sends a million fuzzed messages (both eras, from clients and from servers, to a process of one session and to a shared one)
// and 10,000 broken HTTP requests at real gateways, and prints what that did to them. Ends with 1 when a bound is passed.
// Run: node e2e/soak/fuzz.ts [messages] [seed]
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gatewayFolders, signIn } from "@mcp-auth-proxy/testing";
import { type BrokenHttpTally, sendBrokenRequests } from "./fuzz/broken-http.ts";
import { fuzzFromServer, fuzzSession, fuzzStateless, newTally, type Tally } from "./fuzz/campaign.ts";
import { Bystander } from "./fuzz/bystander.ts";
import { hostileServer, modernHeaders, modernMeta } from "./fuzz/hostile-command.ts";
import { Sender } from "./fuzz/sender.ts";
import { megabytes, ProbedGateway, type Reading } from "./probed-gateway.ts";

const messages = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? 1);
const brokenRequests = Math.ceil(messages / 100);
/** Of the messages: 60 % from clients, 40 % from servers. Both halves of each go to both kinds of process. */
const share = { session: 0.15, stateless: 0.15, sessionServer: 0.1, statelessServer: 0.1 } as const;
const most = { turnCpuMs: 100, heapGrownMb: 16, rssGrownMb: 32 } as const;

const tell = (text: string): void => void process.stdout.write(`${text}\n`);
const faults: string[] = [];

async function phase(name: string, gateway: ProbedGateway, bystander: Bystander, tally: Tally | BrokenHttpTally, work: () => Promise<void>): Promise<Reading> {
  bystander.begin();
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const reading = await gateway.read();
  const { answered, slowestMs, wrong } = bystander.end();
  const broken = "broken" in tally ? tally.broken : tally.hanging;
  faults.push(...broken.map((one) => `${name}: ${one}`), ...wrong.map((one) => `${name}, bystander: ${one}`));
  if (reading.cpuMs > most.turnCpuMs) faults.push(`${name}: a turn of ${Math.round(reading.cpuMs)} ms`);
  const number = "messages" in tally ? tally.messages : tally.requests;
  tell(
    `${name}: ${number} in ${Math.round(seconds)} s; longest turn ${reading.cpuMs.toFixed(1)} ms of processor time, ${reading.wallMs.toFixed(0)} ms by the clock; ` +
      `rss ${megabytes(reading.rss)} MB, heap ${megabytes(reading.heapUsed)} MB, ${reading.descriptors} descriptors; ` +
      `bystander ${answered} answers, slowest ${Math.round(slowestMs)} ms; ${JSON.stringify("statuses" in tally ? tally.statuses : tally.answers)}`,
  );
  return reading;
}

async function fuzzGateway(isolation: "session" | "shared"): Promise<void> {
  const folders = gatewayFolders();
  const findings = join(folders.root, "findings.txt");
  await using probed = await ProbedGateway.launch({ command: hostileServer(findings), environment: { ISOLATION: isolation } }, folders);
  const { gateway } = probed;
  const [fuzzing, watching] = [await signIn(gateway), await signIn(gateway)];
  const sender = (): Sender => new Sender(gateway.mcpUrl, fuzzing.tokens.accessToken, 16);
  const session = sender();
  await session.initialize("2025-11-25");
  const stateless = sender();
  const bystander = await Bystander.start(gateway.mcpUrl, watching.tokens.accessToken, gateway.baseUrl);
  // What the start took is not what is measured here.
  await probed.read();
  const of = (part: keyof typeof share): number => Math.round(messages * share[part]);

  const round = async (name: string, scale: number, offset: number): Promise<Reading> => {
    const tallies = { session: newTally(), stateless: newTally(), sessionServer: newTally(), statelessServer: newTally() };
    bystander.onlyHttp = false;
    await phase(`${name}: clients with sessions`, probed, bystander, tallies.session, () => fuzzSession(session, of("session") * scale, seed + offset, tallies.session));
    await phase(`${name}: clients without`, probed, bystander, tallies.stateless, () => fuzzStateless(stateless, of("stateless") * scale, seed + offset, tallies.stateless));
    // A server that everybody shares can say anything to everybody: nobody is a bystander of its ravings.
    bystander.onlyHttp = isolation === "shared";
    await phase(`${name}: server of a session`, probed, bystander, tallies.sessionServer, () => fuzzFromServer(session, of("sessionServer") * scale, seed + offset, tallies.sessionServer));
    return phase(`${name}: server of requests without`, probed, bystander, tallies.statelessServer, () =>
      fuzzFromServer(stateless, of("statelessServer") * scale, seed + offset, tallies.statelessServer, modernHeaders("lines"), modernMeta),
    );
  };
  await round(`${isolation}, warming up`, 0.05, 1_000_000);
  // V8 makes room for what is young while there is work: memory is flat when the second half adds nothing to the first.
  const before = await round(`${isolation}, first half`, 0.475, 0);
  const after = await round(`${isolation}, second half`, 0.475, 2_000_000);
  if (isolation === "session") {
    const tally: BrokenHttpTally = { requests: 0, answers: {}, hanging: [] };
    await phase("broken HTTP", probed, bystander, tally, () => sendBrokenRequests(gateway.baseUrl, fuzzing.tokens.accessToken, brokenRequests, seed, tally));
  }
  await bystander.stop();
  const rested = await probed.readAtRest();
  const [heapGrown, rssGrown] = [megabytes(after.heapUsed - before.heapUsed), megabytes(after.rss - before.rss)];
  tell(
    `${isolation}: from the end of the first half to the end of the second heap ${megabytes(before.heapUsed)} to ${megabytes(after.heapUsed)} MB, rss ${megabytes(before.rss)} to ${megabytes(after.rss)} MB; ` +
      `at rest heap ${megabytes(rested.heapUsed)} MB, rss ${megabytes(rested.rss)} MB, ${rested.descriptors} descriptors; the gateway ${gateway.exit === undefined ? "lives" : "died"}`,
  );
  if (heapGrown > most.heapGrownMb || rssGrown > most.rssGrownMb) faults.push(`${isolation}: memory grew`);
  if (gateway.exit !== undefined) faults.push(`${isolation}: the gateway ended: ${gateway.output.slice(-2_000)}`);
  if (gateway.output.includes("a request failed")) faults.push(`${isolation}: ${gateway.output.slice(0, 4_000)}`);
  faults.push(...readFileSync(findings, { encoding: "utf8", flag: "a+" }).split("\n").filter((line) => line !== "").map((line) => `${isolation}: at the server: ${line}`));
  session.close();
  stateless.close();
}

tell(`seed ${seed}`);
await fuzzGateway("session");
await fuzzGateway("shared");
for (const fault of faults.slice(0, 50)) tell(`FAULT ${fault}`);
tell(faults.length === 0 ? "every bound was kept" : `${faults.length} faults`);
if (faults.length > 0) process.exitCode = 1;
