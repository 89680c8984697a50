/** How a real client registers, and where it then asks to be sent. Literals as seen in the field, never derived from src. */
export interface RealClient {
  readonly client: string;
  readonly registers: readonly string[];
  /** What of it stays in effect with the default schemes (cursor, vscode, vscode-insiders). */
  readonly keeps: readonly string[];
  /** Redirect URIs of authorization requests that must match. */
  readonly asks: readonly string[];
  readonly why: string;
}

export const realClients: readonly RealClient[] = [
  {
    client: "Claude (web, desktop, mobile)",
    registers: ["https://claude.ai/api/mcp/auth_callback"],
    keeps: ["https://claude.ai/api/mcp/auth_callback"],
    asks: ["https://claude.ai/api/mcp/auth_callback"],
    why: "everything comes from the cloud, one https callback",
  },
  {
    client: "Claude with both of its domains",
    registers: ["https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"],
    keeps: ["https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"],
    asks: ["https://claude.com/api/mcp/auth_callback"],
    why: "the second domain is announced",
  },
  {
    client: "Claude Code",
    registers: ["http://localhost/callback", "http://127.0.0.1/callback"],
    keeps: ["http://localhost/callback", "http://127.0.0.1/callback"],
    asks: ["http://localhost:54545/callback", "http://127.0.0.1:54545/callback"],
    why: "lists loopback without a port and listens on a random one, localhost included",
  },
  {
    client: "ChatGPT connector",
    registers: ["https://chatgpt.com/connector/oauth/abcDEF123_-"],
    keeps: ["https://chatgpt.com/connector/oauth/abcDEF123_-"],
    asks: ["https://chatgpt.com/connector/oauth/abcDEF123_-"],
    why: "one callback per connector",
  },
  {
    client: "ChatGPT, older",
    registers: ["https://chatgpt.com/connector_platform_oauth_redirect"],
    keeps: ["https://chatgpt.com/connector_platform_oauth_redirect"],
    asks: ["https://chatgpt.com/connector_platform_oauth_redirect"],
    why: "still in use",
  },
  {
    client: "Codex CLI",
    registers: ["http://127.0.0.1:41873/callback/9f86d081884c7d65"],
    keeps: ["http://127.0.0.1:41873/callback/9f86d081884c7d65"],
    asks: ["http://127.0.0.1:60011/callback/9f86d081884c7d65"],
    why: "the path holds a hash of the server's address",
  },
  {
    client: "VS Code",
    registers: ["https://insiders.vscode.dev/redirect", "https://vscode.dev/redirect", "http://127.0.0.1/", "http://127.0.0.1:33418/"],
    keeps: ["https://insiders.vscode.dev/redirect", "https://vscode.dev/redirect", "http://127.0.0.1/", "http://127.0.0.1:33418/"],
    asks: ["http://127.0.0.1:33418/", "http://127.0.0.1:50112/", "https://vscode.dev/redirect"],
    why: "another loopback port when 33418 is taken",
  },
  {
    client: "Copilot CLI",
    registers: ["http://127.0.0.1:40001/"],
    keeps: ["http://127.0.0.1:40001/"],
    asks: ["http://127.0.0.1:40002/"],
    why: "the port differs between registration and authorization",
  },
  {
    client: "Copilot Studio",
    registers: ["https://global.consent.azure-apim.net/redirect/cr1a2-5fmy-20server-5f0123456789abcdef"],
    keeps: ["https://global.consent.azure-apim.net/redirect/cr1a2-5fmy-20server-5f0123456789abcdef"],
    asks: ["https://global.consent.azure-apim.net/redirect/cr1a2-5fmy-20server-5f0123456789abcdef"],
    why: "one per connector; never registers again",
  },
  {
    client: "Cursor",
    registers: ["cursor://anysphere.cursor-mcp/oauth/callback", "https://www.cursor.com/agents/mcp/oauth/callback", "http://localhost:8787/callback"],
    keeps: ["cursor://anysphere.cursor-mcp/oauth/callback", "https://www.cursor.com/agents/mcp/oauth/callback", "http://localhost:8787/callback"],
    asks: ["cursor://anysphere.cursor-mcp/oauth/callback", "http://localhost:8788/callback"],
    why: "three kinds at once: refusing one loses all",
  },
  {
    client: "an app with a scheme of its own",
    registers: ["com.example.app:/oauth", "https://app.example.com/cb"],
    keeps: ["https://app.example.com/cb"],
    asks: ["https://app.example.com/cb"],
    why: "an unlisted private-use scheme is dropped, the rest stands",
  },
  {
    client: "Grok Bot",
    registers: ["http://localhost:8787/callback"],
    keeps: ["http://localhost:8787/callback"],
    asks: ["http://localhost:8787/callback"],
    why: "fixed port",
  },
  {
    client: "Gemini CLI",
    registers: ["http://localhost:7777/oauth/callback"],
    keeps: ["http://localhost:7777/oauth/callback"],
    asks: ["http://localhost:7777/oauth/callback"],
    why: "fixed port",
  },
  {
    client: "MCP Inspector",
    registers: ["http://localhost:6274/oauth/callback", "http://localhost:6274/oauth/callback/debug"],
    keeps: ["http://localhost:6274/oauth/callback", "http://localhost:6274/oauth/callback/debug"],
    asks: ["http://localhost:6274/oauth/callback", "http://localhost:6274/oauth/callback/debug"],
    why: "two paths",
  },
];
