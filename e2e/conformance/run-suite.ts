import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isObject, repositoryRoot } from "@mcp-auth-proxy/testing";

export type Revision = "2025-11-25" | "2026-07-28";

export interface SuiteRun {
  readonly exitCode: number | null;
  readonly output: string;
  readonly scenarios: readonly Scenario[];
}

/** One scenario with what its checks said, by status. */
export interface Scenario {
  readonly name: string;
  readonly scored: boolean;
  readonly success: number;
  readonly failure: number;
  readonly warning: number;
  readonly checks: readonly Check[];
}

export interface Check {
  readonly id: string;
  readonly status: string;
  readonly message: string | undefined;
}

const suite = join(repositoryRoot, "node_modules/@modelcontextprotocol/conformance");

/** The scenarios that a revision requires of a server, as the suite's own list says. */
export function scoredScenarios(revision: Revision): readonly string[] {
  const text = readFileSync(join(suite, `requirements/${revision}.yaml`), "utf8");
  const [, server = ""] = /^server:\n((?: {2}- .+\n)+)/m.exec(text) ?? [];
  return server.split("\n").flatMap((line) => /^ {2}- (.+)$/.exec(line)?.[1] ?? []);
}

/** Runs the official suite's server scenarios of one revision, with a bearer token or without. */
export async function runSuite(url: string, revision: Revision, token?: string): Promise<SuiteRun> {
  const folder = mkdtempSync(join(tmpdir(), "mcp-conformance-"));
  try {
    const preload = join(import.meta.dirname, "bearer-preload.mjs");
    const args = ["--import", preload, join(suite, "dist/index.js"), "server", "--url", url, "--requirements", revision, "-o", folder];
    const environment = { PATH: process.env.PATH, HOME: folder, SUITE_ORIGIN: new URL(url).origin, ...(token === undefined ? {} : { SUITE_TOKEN: token }) };
    const child = spawn(process.execPath, args, { cwd: folder, env: environment, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const pipe of [child.stdout, child.stderr]) pipe.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    return { exitCode, output, scenarios: scenariosIn(folder, scoredScenarios(revision)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function scenariosIn(folder: string, scored: readonly string[]): readonly Scenario[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith("checks.json"))
    .sort()
    .map((file) => {
      const checks = checksIn(join(folder, file));
      const count = (status: string): number => checks.filter((check) => check.status === status).length;
      // server-<scenario>-<time> is what the suite calls the folder.
      const name = file.replace(/\/checks\.json$/, "").replace(/^server-/, "").replace(/-\d{4}-\d\d-\d\dT[\w-]+$/, "");
      return { name, scored: scored.includes(name), success: count("SUCCESS"), failure: count("FAILURE"), warning: count("WARNING"), checks };
    });
}

/** The checks of one result file of the suite. */
export function checksIn(file: string): readonly Check[] {
  const read: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (!Array.isArray(read)) throw new Error(`${file} holds no checks`);
  const items: readonly unknown[] = read;
  return items.flatMap((check) =>
    isObject(check) && typeof check.id === "string" && typeof check.status === "string"
      ? [{ id: check.id, status: check.status, message: typeof check.errorMessage === "string" ? check.errorMessage : undefined }]
      : [],
  );
}
