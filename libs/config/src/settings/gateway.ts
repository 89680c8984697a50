import { setting } from "../setting.ts";
import { addressRanges, ipAddress, listenAddress, onOff, oneOf, origins, path, port, text, userName } from "../value-kinds.ts";

/** Where the gateway is, what it keeps, how it runs. */
export const gatewaySettings = {
  externalUrl: setting(
    { ...text, takes: "the URL under which clients reach the gateway" },
    {
      name: "EXTERNAL_URL",
      fallback: "http://localhost:<PORT>",
      doc:
        "The URL under which clients reach the gateway: issuer and base of every other URL, never taken from a request. A path is allowed, one trailing slash is " +
        "stripped; default ports and upper-case hosts are refused. http only on loopback. The audience of tokens is `<EXTERNAL_URL>/mcp`.",
    },
  ),
  port: setting(port, { name: "PORT", fallback: "a loopback EXTERNAL_URL's port, else 8080", doc: "The port to listen on." }),
  bindAddress: setting(ipAddress, {
    name: "BIND_ADDRESS",
    fallback: "127.0.0.1 when EXTERNAL_URL is loopback, else 0.0.0.0",
    doc: "The address to listen on. Where EXTERNAL_URL is loopback, only loopback addresses are taken.",
  }),
  listen: setting(listenAddress, { name: "LISTEN", fallback: "–", doc: "BIND_ADDRESS and PORT in one, for example `:8080` or `127.0.0.1:8080`." }),
  trustedProxies: setting(addressRanges, {
    name: "TRUSTED_PROXIES",
    fallback: "none",
    doc: "IP addresses and CIDR ranges of the edge whose `X-Forwarded-*` headers tell the client's address. Without it, limits per address count everyone behind the edge together.",
  }),
  dataPath: setting(path, {
    name: "DATA_PATH",
    fallback: "`$XDG_STATE_HOME` or `~/.local/state`, `/mcp-auth-proxy/<hash of EXTERNAL_URL>`",
    doc:
      "The folder of keys and databases, readable by its owner only, used by one process at a time. The start is refused if it, a loaded `.env` or any `*_FILE` lies " +
      "inside the working directory of the MCP server or one of its path arguments.",
  }),
  envFile: setting(path, {
    name: "ENV_FILE",
    fallback: "`.env` of the folder you start in",
    doc: "The file of settings to read after flags and environment; `none` reads no file. It may not lie in the folder that is served.",
  }),
  childUser: setting(userName, {
    name: "CHILD_USER",
    fallback: "the gateway's own user",
    doc: "The user that the MCP server runs as when the gateway runs as root.",
  }),
  isolation: setting(oneOf(["session", "user", "shared"]), {
    name: "ISOLATION",
    fallback: "session",
    doc:
      "Who shares a process of the MCP server: `session` nobody, each session has its own; `user` the sessions of one person with one client; `shared` everybody. " +
      "A shared process is told nothing of who is asking; with `shared`, what it logs or asks reaches nobody once it has served two people.",
  }),
  stateless: setting(onOff, {
    name: "STATELESS",
    fallback: "false",
    doc: "The MCP server remembers nothing between calls: a process that nobody needs for a minute ends, its sessions go on, and the next call starts another.",
  }),
  stateful: setting(onOff, {
    name: "STATEFUL",
    fallback: "false",
    doc: "The MCP server remembers what can not be had again: a process that ends takes its sessions with it. Otherwise a session goes on with a new process.",
  }),
  transport: setting(oneOf(["http", "sse"]), {
    name: "TRANSPORT",
    fallback: "http",
    doc:
      "Towards the client. `sse`: while a sign-in holds `GET /mcp/events`, its `POST /mcp` is answered 202 and the answers come there. Streamable HTTP at `/mcp` and " +
      "HTTP+SSE at `/sse` are served either way.",
  }),
  corsOrigins: setting(origins, {
    name: "CORS_ORIGINS",
    fallback: "none",
    doc: "Browser origins that may call the MCP endpoint. The public OAuth and metadata endpoints answer any origin, without credentials.",
  }),
  logLevel: setting(oneOf(["debug", "info", "warn", "error"]), {
    name: "LOG_LEVEL",
    fallback: "info",
    doc: "`debug`, `info`, `warn` or `error`. Tokens, codes, verifiers and secrets are masked at every level. The log goes to standard error.",
  }),
  logFormat: setting(oneOf(["text", "json"]), { name: "LOG_FORMAT", fallback: "`text` on a terminal, else `json`", doc: "The form of a log line." }),
} as const;
