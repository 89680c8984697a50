import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTestCertificate, freePort, gatewayFolders, isObject, removeFolders, startCommandLine, waitFor } from "@mcp-auth-proxy/testing";

export interface GuideStart {
  /** Undefined: it runs. */
  readonly code: number | null | undefined;
  /** What is said of a start that is refused, line by line. */
  readonly refusals: readonly string[];
  /** What the log warns of. */
  readonly warnings: readonly string[];
  readonly banner: string;
}

export interface GuideStartOptions {
  /** A file of settings outside of the folder that is served. */
  readonly envFile?: string;
  /** Beats the file. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly args?: readonly string[];
  /** Written beside the file of settings, and named by MCP_SERVERS_CONFIG. */
  readonly serversFile?: string;
}

/** A command of the guide: no package is fetched before somebody opens a session. */
export const guideCommand = ["npx", "-y", "@modelcontextprotocol/server-gmail"];

/** What stands for `$(openssl rand -base64 32)`. */
export const guideKey = Buffer.alloc(32, 9).toString("base64");

/** Starts the gateway as an example of the guide does, until it is ready or refused, with a certificate for `host` where the example names files of one. */
export async function startAsInTheGuide({ envFile = "", environment = {}, args = guideCommand, serversFile }: GuideStartOptions, host = "mcp.yourdomain.com"): Promise<GuideStart> {
  const folders = gatewayFolders();
  const config = join(folders.root, "config");
  mkdirSync(config);
  const at = (name: string, text: string): string => {
    writeFileSync(join(config, name), text, { mode: 0o600 });
    return join(config, name);
  };
  const { certificate, privateKey } = createTestCertificate([host]);
  const own = {
    ENV_FILE: at("guide.env", envFile),
    LOG_FORMAT: "json",
    PORT: String(await freePort()),
    TLS_CERT: at("fullchain.pem", certificate),
    TLS_KEY: at("privkey.pem", privateKey),
    ...(serversFile === undefined ? {} : { MCP_SERVERS_CONFIG: at("mcp_servers.json", serversFile) }),
  };
  const launched = startCommandLine(args, folders, { environment: { ...own, ...environment } });
  try {
    await waitFor("a start or its refusal", () => launched.exit !== undefined || launched.stdout.includes("Ctrl-C stops it"), { limitMs: 60_000 });
    const lines = launched.stderr.split("\n").filter((line) => line !== "");
    const logged = lines.filter((line) => line.startsWith("{")).map((line): unknown => JSON.parse(line));
    return {
      code: launched.exit?.code,
      refusals: lines.filter((line) => !line.startsWith("{")),
      warnings: logged.flatMap((line) => (isObject(line) && line.level === "warn" ? [String(line.msg)] : [])),
      banner: launched.stdout,
    };
  } finally {
    await launched.kill();
    removeFolders(folders);
  }
}
