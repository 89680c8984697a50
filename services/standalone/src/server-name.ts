import { basename } from "node:path";

const runners: ReadonlySet<string> = new Set(["npx", "bunx", "uvx", "pipx", "npm", "pnpm", "yarn", "bun", "deno", "uv", "node", "python", "python3", "docker", "podman"]);
const verbs: ReadonlySet<string> = new Set(["run", "exec", "dlx", "x", "tool"]);

/** A short name for clients to list the server by: what is left of the package's name without the words that all of them have. */
export const serverName = ([program, ...args]: readonly [string, ...string[]]): string => {
  const runner = basename(program).replace(/\.(?:exe|cmd)$/i, "");
  const subject = runners.has(runner) ? (args.find((arg) => !arg.startsWith("-") && !verbs.has(arg)) ?? runner) : runner;
  const last = subject.replace(/(?<=.)@[^/@]*$/, "").replace(/[\\/]+$/, "").split(/[\\/]/).at(-1) ?? "";
  const name = last
    .toLowerCase()
    .replace(/\.(?:[cm]?[jt]s|py)$/, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^(?:mcp-)?(?:server-)?(?=.)/, "")
    .replace(/(?<=.)-(?:mcp|server|mcp-server)$/, "")
    .replace(/^-+|-+$/g, "");
  return name === "" ? "mcp" : name.slice(0, 40);
};
