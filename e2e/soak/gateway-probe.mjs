// Loaded into a gateway with `node --import`: measures from inside what can not be seen from outside. On SIGUSR2 it collects
// garbage, writes what it saw since the last time into PROBE_FILE, and starts anew.
import { readdirSync, renameSync, writeFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const file = process.env.PROBE_FILE ?? "";
const everyMs = 5;
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

const fresh = () => ({ wallMs: 0, cpuMs: 0, over100: 0 });
let worst = fresh();
let number = 0;
let at = performance.now();
let cpu = process.threadCpuUsage();

// Between two ticks the loop did something else. How long by the clock says little on a busy machine: a process that is not
// scheduled is late, too. The processor time of this thread is what the gateway itself took.
const tick = () => {
  const now = performance.now();
  const used = process.threadCpuUsage();
  const cpuMs = (used.user + used.system - cpu.user - cpu.system) / 1000;
  worst.wallMs = Math.max(worst.wallMs, now - at - everyMs);
  worst.cpuMs = Math.max(worst.cpuMs, cpuMs);
  if (cpuMs > 100) worst.over100 += 1;
  [at, cpu] = [now, used];
};
setInterval(tick, everyMs).unref();

process.on("SIGUSR2", () => {
  tick();
  collect();
  number += 1;
  const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
  const seen = { number, ...worst, rss, heapUsed, heapTotal, external, arrayBuffers, descriptors: readdirSync("/proc/self/fd").length, cpu: process.cpuUsage() };
  writeFileSync(`${file}.new`, JSON.stringify(seen));
  renameSync(`${file}.new`, file);
  worst = fresh();
  [at, cpu] = [performance.now(), process.threadCpuUsage()];
});
