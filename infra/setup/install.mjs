// Run by npm before `npm start`, `npm test` and the like, on whatever Node the machine has: node infra/setup/install.mjs <run|all> [browser] [servers]
import { fileURLToPath } from "node:url";
import { ensureBrowser } from "./browser.mjs";
import { nodeProblem } from "./node-version.mjs";
import { installPackages } from "./packages.mjs";
import { ensureServers } from "./servers.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const [extent, ...extras] = process.argv.slice(2);

try {
  await installPackages(root, extent === "all" ? "all" : "run");
  const problem = nodeProblem(root);
  if (problem !== undefined) throw new Error(problem);
  if (extras.includes("browser")) await ensureBrowser();
  if (extras.includes("servers")) await ensureServers();
} catch (cause) {
  process.stderr.write(`mcp-auth-proxy: ${cause instanceof Error ? cause.message : String(cause)}\n`);
  process.exitCode = 1;
}
