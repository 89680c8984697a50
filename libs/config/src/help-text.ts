import { flagOf, type Setting } from "./setting.ts";
import { gatewaySettings } from "./settings/gateway.ts";
import { providerSettings } from "./settings/providers.ts";
import { signInSettings } from "./settings/sign-in.ts";
import { tlsSettings } from "./settings/tls.ts";
import { upstreamSettings } from "./settings/upstream.ts";

const width = 100;

const wrapped = (text: string, indent: string): string => {
  const lines: string[] = [];
  let line = "";
  for (const word of text.replaceAll("`", "").split(" ")) {
    if (line !== "" && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  return [...lines, indent + line].join("\n");
};

const option = (row: Setting): string => {
  const flag = row.hasFlag ? `${flagOf(row)}${row.isSwitch ? "" : " …"}` : "(no flag)";
  const file = row.isSecret ? `, ${row.name}_FILE` : "";
  return [`  ${flag}   ${row.name}${file}   [${row.fallback.replaceAll("`", "")}]`, wrapped(row.doc, "      ")].join("\n");
};

/** What --help prints: how to begin, how to go on, and every option. */
export const helpText = (): string =>
  [
    "mcp-auth-proxy: OAuth 2.1 in front of any MCP server",
    "",
    "  mcp-auth-proxy [options] [--] <command> [arguments …]   a stdio server",
    "  mcp-auth-proxy [options] <url>                          a server behind a URL",
    "  mcp-auth-proxy [options] --config mcp_servers.json      many servers, each at /<name>/mcp",
    "",
    "Serve the folder you are in, then paste one of the printed lines into your MCP client:",
    "",
    "  mcp-auth-proxy --password changeme -- npx -y @modelcontextprotocol/server-filesystem .",
    "",
    "The client finds the sign-in by itself and opens a browser: approve it there, with the password.",
    "The first word that is no option starts the server's command; all after it passes untouched.",
    "From a clone of the project, write `npm start -- ` instead of `mcp-auth-proxy `.",
    "",
    "While it runs, from another terminal in the same folder (with the same EXTERNAL_URL or DATA_PATH):",
    "",
    "  mcp-auth-proxy revoke --all            everyone signs in again, within a second",
    "  mcp-auth-proxy revoke --user owner     or one person, --client <id>, --grant <id>",
    "  mcp-auth-proxy audit verify            checks that no row of the audit trail was removed or altered",
    "  mcp-auth-proxy keys rotate             a new key signs tokens; AUTH_ENCRYPTION_SECRET is read again, and what is kept moves under its first key",
    "  mcp-auth-proxy users                   lists who signed in, with their sessions and grants",
    "",
    "On the internet: end TLS at an edge (Caddy, nginx, a tunnel) and name the URL that clients use:",
    "",
    "  PASSWORD_FILE=/run/secrets/password mcp-auth-proxy --external-url https://mcp.example.com -- <command>",
    "",
    "With a certificate of your own (--tls-cert, --tls-key) the gateway ends TLS itself. https on this machine needs none:",
    "",
    "  mcp-auth-proxy --external-url https://localhost:8080 --tls-accept-tos --password changeme -- <command>",
    "",
    "People sign in with their own accounts: register a client at the provider with the redirect URI <EXTERNAL_URL>/auth/callback, then",
    "",
    "  GOOGLE_CLIENT_ID=… GOOGLE_CLIENT_SECRET=… ALLOWED_USERS=a@example.com mcp-auth-proxy --external-url https://mcp.example.com -- <command>",
    "",
    "Each option is also an environment variable, and a line in .env. Options:",
    "",
    ...[
      ...Object.values(signInSettings),
      ...Object.values(providerSettings),
      ...Object.values(upstreamSettings),
      ...Object.values(gatewaySettings),
      ...Object.values(tlsSettings),
    ].map(option),
    "",
    "  --help, --version",
    "",
    "All settings: docs/configuration.md. Exit codes: 0 ended as asked, 1 failed, 2 refused to start.",
    "",
  ].join("\n");
