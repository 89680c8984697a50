// npm run bench [-- W1 W3 W4 W6] [--rounds 15] [--profile <folder>]. Reports paired ratios, which say something on a busy machine too; times do not.
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Loader } from "./load/loader.ts";
import { startSystem, type System, type SystemName } from "./systems/start.ts";
import { callSlot, churnSlot, compare, eventSlot, idleKilobytes, measure, type Compared, type Slot } from "./workloads.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { rounds: { type: "string", default: "15" }, profile: { type: "string" } } });
const rounds = Number(values.rounds);
const wanted = (name: string): boolean => positionals.length === 0 || positionals.includes(name);
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const tell = (text: string): void => void process.stderr.write(`\r${text}      `);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

if (!existsSync(here("peers/node_modules/supergateway"))) {
  say("Installing the peers (once) …");
  execFileSync("npm", ["ci", "--ignore-scripts", "--prefix", here("peers")], { stdio: "inherit" });
}

const results: Record<string, unknown> = { at: new Date().toISOString(), node: process.version, rounds };
const two = (value: number): string => value.toFixed(2);

const report = (title: string, unit: string, compared: readonly Compared[], busy: number): void => {
  say(`\n${title} (CPU of the system's own process in µs for one ${unit}; ratios paired within ${rounds} rounds, [95 % of the median])`);
  for (const { system, cpuMicros, toLimit, ofGateway } of compared) {
    const beside = ofGateway === undefined ? "" : `   gateway / this: ${two(ofGateway.median)} [${two(ofGateway.low)}–${two(ofGateway.high)}]`;
    say(`  ${system.padEnd(20)} ${String(cpuMicros).padStart(8)}   / limit: ${two(toLimit.median)} [${two(toLimit.low)}–${two(toLimit.high)}]${beside}`);
  }
  const noise = compared.find(({ system }) => system === "limit shared again")?.toLimit.median;
  if (noise !== undefined && (noise < 0.9 || noise > 1.1)) say(`  inconclusive: the limit against itself reads ${two(noise)}`);
  if (busy > 0.7) say(`  careful: the load generator was ${Math.round(busy * 100)} % busy`);
};

const workload = async (title: string, unit: string, names: readonly SystemName[], gateway: SystemName, slotOf: (loader: Loader) => Slot, warmUps = 1): Promise<void> => {
  const loader = new Loader();
  const systems: System[] = [];
  try {
    for (const name of names) systems.push(await startSystem(name, values.profile));
    const [limit] = names;
    if (limit === undefined) return;
    const measured = await measure(systems, { rounds, warmUps, slot: slotOf(loader), tell });
    const compared = compare(names, measured.rounds, limit, gateway);
    report(title, unit, compared, measured.busy);
    results[title] = { compared, perRound: measured.rounds };
  } finally {
    loader.stop();
    for (const system of systems) await system.stop();
  }
};

const peers = ["mcp-proxy", "supergateway"] as const;
for (const sessions of [16, 64]) {
  if (!wanted("W1")) continue;
  const names = ["limit shared", "limit shared again", "gateway shared", ...peers] as const;
  await workload(`W1 calls, one child, ${sessions} sessions`, "call", names, "gateway shared", (loader) => callSlot(loader, sessions));
}
if (wanted("W3")) {
  await workload("W3 events on one stream", "event", ["limit shared", "limit shared again", "gateway shared", "gateway session", ...peers], "gateway shared", (loader) => eventSlot(loader, 20_000));
}
if (wanted("W4")) {
  await workload("W4 open, call, close; a child for each session", "session", ["limit session", "gateway session", "supergateway"], "gateway session", (loader) => churnSlot(loader, 20), 10);
}
if (wanted("W6")) {
  const loader = new Loader();
  const system = await startSystem("gateway shared", values.profile);
  try {
    const kilobytes = await idleKilobytes(loader, system);
    results["W6 kB for an idle session"] = kilobytes;
    say("\nW6 an idle session (resident memory after a collection)");
    say(`  from 100 to 1,000 sessions     ${two(kilobytes.first)} kB\n  from 1,000 to 10,000 sessions  ${two(kilobytes.further)} kB`);
  } finally {
    loader.stop();
    await system.stop();
  }
}
// What is kept is a whole run: a part of one, or one that was slowed down to look at it, says less than it seems to.
if (positionals.length === 0 && values.profile === undefined) {
  const file = here("results/latest.json");
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
  say(`\nWritten to ${file}`);
}
