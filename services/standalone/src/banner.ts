import { shellQuote } from "./shell-quote.ts";
import type { ServedServer } from "./servers.ts";
import type { SelfSignedFacts } from "./tls/listener-tls.ts";

export interface BannerFacts {
  readonly version: string;
  readonly externalUrl: string;
  readonly servers: readonly [ServedServer, ...ServedServer[]];
  /** What people approve with. */
  readonly signIn: "password" | "account" | "either";
  /** Undefined where nothing is kept. */
  readonly dataPath: string | undefined;
  /** Where the databases are, if not there. */
  readonly database?: string;
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

const proofs = { password: "the password", account: "your account", either: "the password or your account" } as const;

const transportLines = ({ transport }: ServedServer["definition"]): readonly string[] =>
  transport.kind === "stdio"
    ? [`  server       ${shellQuote([transport.command, ...transport.args])}`, `  in           ${shellQuote([transport.cwd ?? "."])}`]
    : [`  server       ${shellQuote([transport.url])}`];

const serverLine = ({ definition, resource }: ServedServer): string => `  ${definition.name.padEnd(11)}  ${resource}`;

/** What a person needs right after the start: the URL, what runs behind it, and one line to paste for each client. */
export const banner = ({ version, externalUrl, servers, signIn, dataPath, database, operatorPath, selfSigned, program }: BannerFacts): string => {
  const [first, ...others] = servers;
  const { resource: mcpUrl, definition } = first;
  const { name } = definition;
  return [
    `mcp-auth-proxy ${version} is ready`,
    "",
    ...(others.length === 0 ? [`  MCP URL      ${mcpUrl}`, ...transportLines(definition)] : servers.map(serverLine)),
    ...(database === undefined ? [] : [`  database     ${database}`]),
    `  data         ${dataPath === undefined ? "in memory, gone with this process" : shellQuote([dataPath])}`,
    ...(selfSigned === undefined ? [] : [`  certificate  self-signed, SHA-256 ${selfSigned.fingerprint}`]),
    "",
    ...(selfSigned === undefined ? [] : trustLines(selfSigned)),
    `Connect a client${others.length === 0 ? "" : ` (here to ${name})`}; the browser opens, approve there with ${proofs[signIn]}:`,
    "",
    `  Claude Code  ${shellQuote(["claude", "mcp", "add", "--transport", "http", name, mcpUrl])}`,
    `  Cursor       ~/.cursor/mcp.json: ${JSON.stringify({ mcpServers: { [name]: { url: mcpUrl } } })}`,
    `  VS Code      ${shellQuote(["code", "--add-mcp", JSON.stringify({ name, type: "http", url: mcpUrl })])}`,
    `  mcp-remote   ${shellQuote(["npx", "-y", "mcp-remote", mcpUrl])}`,
    "",
    `Ctrl-C stops it. End all access at once: ${program} ${shellQuote(["--data-path", operatorPath])} revoke --all`,
    `See and end what has access: ${externalUrl}/account`,
    "",
  ].join("\n");
};
