import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FormRobot, repositoryRoot, request } from "@mcp-auth-proxy/testing";
import { type Check, checksIn } from "./run-suite.ts";

const suite = join(repositoryRoot, "node_modules/@modelcontextprotocol/conformance/dist/index.js");

export interface AuthorizationRun {
  readonly exitCode: number | null;
  readonly output: string;
  /** Whether a person was asked for: the suite leaves the grant out, and ends well, when it lacks a client. */
  readonly askedForPerson: boolean;
  readonly checks: readonly Check[];
}

export interface SuitePerson {
  readonly password: string;
}

/** Where the suite listens for the redirect; a client has to have registered this. */
export const callbackUri = (port: number): string => `http://127.0.0.1:${port}/callback`;

/** Runs the official suite's authorization-server scenarios. The person it asks to open a URL is a robot that signs in and approves. */
export async function runAuthorizationSuite(issuer: string, port: number, person: SuitePerson, client: readonly string[]): Promise<AuthorizationRun> {
  const folder = mkdtempSync(join(tmpdir(), "as-conformance-"));
  try {
    const args = [suite, "authorization", "--url", issuer, "--port", String(port), "--output-dir", folder, ...client];
    const child = spawn(process.execPath, args, { cwd: folder, env: { PATH: process.env.PATH, HOME: folder }, stdio: ["ignore", "pipe", "pipe"] });
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    let output = "";
    let visit: Promise<void> | undefined;
    let trouble: unknown;
    for (const pipe of [child.stdout, child.stderr]) {
      pipe.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        const url = /^(https?:\/\/\S+[?&]response_type=code\S*)\s*$/m.exec(output)?.[1];
        if (url === undefined || visit !== undefined) return;
        visit = visitAs(person, url).catch((error: unknown) => {
          trouble = error;
          // The suite would wait for minutes for a redirect that does not come.
          child.kill();
        });
      });
    }
    const exitCode = await ended;
    await visit;
    if (trouble !== undefined) throw new Error(`nobody could sign in for the suite:\n${output}`, { cause: trouble });
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith("checks.json"));
    return { exitCode, output, askedForPerson: visit !== undefined, checks: files.sort().flatMap((file) => checksIn(join(folder, file))) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function visitAs({ password }: SuitePerson, url: string): Promise<void> {
  const redirectUri = new URL(url).searchParams.get("redirect_uri") ?? "";
  const redirect = await new FormRobot().walk(url, redirectUri, { password });
  await request(redirect);
}
