import { shellQuote } from "./shell-quote.ts";

export interface BannerFacts {
  readonly version: string;
  readonly mcpUrl: string;
  readonly serverName: string;
  readonly command: readonly string[];
  readonly folder: string;
  /** Undefined where nothing is kept. */
  readonly dataPath: string | undefined;
  /** How the caller starts this program: the lines to type for it begin so. */
  readonly program: string;
}

/** What a person needs right after the start: the URL, what runs behind it, and one line to paste for each client. */
export const banner = ({ version, mcpUrl, serverName, command, folder, dataPath, program }: BannerFacts): string =>
  [
    `mcp-auth-proxy ${version} is ready`,
    "",
    `  MCP URL      ${mcpUrl}`,
    `  server       ${shellQuote(command)}`,
    `  in           ${shellQuote([folder])}`,
    `  data         ${dataPath === undefined ? "in memory, gone with this process" : shellQuote([dataPath])}`,
    "",
    "Connect a client; the browser opens, approve there with the password:",
    "",
    `  Claude Code  ${shellQuote(["claude", "mcp", "add", "--transport", "http", serverName, mcpUrl])}`,
    `  Cursor       ~/.cursor/mcp.json: ${JSON.stringify({ mcpServers: { [serverName]: { url: mcpUrl } } })}`,
    `  VS Code      ${shellQuote(["code", "--add-mcp", JSON.stringify({ name: serverName, type: "http", url: mcpUrl })])}`,
    `  mcp-remote   ${shellQuote(["npx", "-y", "mcp-remote", mcpUrl])}`,
    "",
    `Ctrl-C stops it. End all access at once: ${program} revoke --all`,
    "",
  ].join("\n");
