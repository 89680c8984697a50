import { shellQuote } from "./shell-quote.ts";
import type { SelfSignedFacts } from "./tls/listener-tls.ts";

export interface BannerFacts {
  readonly version: string;
  readonly mcpUrl: string;
  readonly serverName: string;
  readonly command: readonly string[];
  readonly folder: string;
  /** Undefined where nothing is kept. */
  readonly dataPath: string | undefined;
  /** Where the socket of this very gateway is: another one may run beside it. */
  readonly operatorPath: string;
  /** A certificate that the gateway made: nobody trusts it yet. */
  readonly selfSigned?: SelfSignedFacts | undefined;
  /** How the caller starts this program: the lines to type for it begin so. */
  readonly program: string;
}

const trustLines = ({ file }: SelfSignedFacts): readonly string[] => [
  "Browsers warn of the certificate once: compare the fingerprint. Clients on Node trust it when they are started after this line:",
  "",
  `  export ${shellQuote([`NODE_EXTRA_CA_CERTS=${file}`])}`,
  "",
];

/** What a person needs right after the start: the URL, what runs behind it, and one line to paste for each client. */
export const banner = ({ version, mcpUrl, serverName, command, folder, dataPath, operatorPath, selfSigned, program }: BannerFacts): string =>
  [
    `mcp-auth-proxy ${version} is ready`,
    "",
    `  MCP URL      ${mcpUrl}`,
    `  server       ${shellQuote(command)}`,
    `  in           ${shellQuote([folder])}`,
    `  data         ${dataPath === undefined ? "in memory, gone with this process" : shellQuote([dataPath])}`,
    ...(selfSigned === undefined ? [] : [`  certificate  self-signed, SHA-256 ${selfSigned.fingerprint}`]),
    "",
    ...(selfSigned === undefined ? [] : trustLines(selfSigned)),
    "Connect a client; the browser opens, approve there with the password:",
    "",
    `  Claude Code  ${shellQuote(["claude", "mcp", "add", "--transport", "http", serverName, mcpUrl])}`,
    `  Cursor       ~/.cursor/mcp.json: ${JSON.stringify({ mcpServers: { [serverName]: { url: mcpUrl } } })}`,
    `  VS Code      ${shellQuote(["code", "--add-mcp", JSON.stringify({ name: serverName, type: "http", url: mcpUrl })])}`,
    `  mcp-remote   ${shellQuote(["npx", "-y", "mcp-remote", mcpUrl])}`,
    "",
    `Ctrl-C stops it. End all access at once: ${program} ${shellQuote(["--data-path", operatorPath])} revoke --all`,
    `See and end what has access: ${mcpUrl.replace(/\/mcp$/, "/account")}`,
    "",
  ].join("\n");
