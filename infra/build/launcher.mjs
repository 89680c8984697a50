#!/usr/bin/env node
// Starts the gateway on a Node that can run it: this one, or the one that the project brings. Runs on old ones itself.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const needed = 24;
const gateway = new URL("./gateway.mjs", import.meta.url);
const brought = fileURLToPath(new URL(`../node_modules/node-linux-${process.arch}/bin/node`, import.meta.url));

/** Ends as the gateway ended. */
const endAs = (/** @type {number | null} */ code, /** @type {NodeJS.Signals | null} */ signal) => {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
};

const relaunch = () => {
  const child = spawn(brought, [fileURLToPath(gateway), ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) process.on(signal, () => child.kill(signal));
  child.on("error", (cause) => {
    process.stderr.write(`mcp-auth-proxy: ${brought} can not be started: ${cause.message}\n`);
    process.exit(1);
  });
  child.on("close", endAs);
};

if (Number(process.versions.node.split(".")[0]) >= needed) await import(gateway.href);
else if (process.platform === "linux" && existsSync(brought)) relaunch();
else {
  process.stderr.write(
    `mcp-auth-proxy: this is Node ${process.versions.node}, and it takes ${needed} or newer: run npm install in the project (on Linux that brings one), or install Node ${needed}\n`,
  );
  process.exitCode = 1;
}
