import type { ToolRules } from "./guard/tool-rules.ts";
import type { BridgeLimits } from "./limits.ts";

/** The account that stdio children run as when the gateway is root. */
export interface ChildUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/**
 * Who shares a process of a server: nobody but one session, every session of one person with one client, or everybody.
 * Requests without a session always go to one process for each person and client, unless everybody shares one.
 */
export type Isolation = "session" | "user" | "shared";

/** One MCP server that is started as a child and spoken to over stdio. Never sent to anyone: it holds a command. */
export interface StdioServer {
  /** A short name for logs and for the protected resource metadata. */
  readonly name: string;
  /** The path of the endpoint below the external URL. */
  readonly path: "/mcp";
  /** The canonical resource identifier, `<externalUrl>/mcp`: the exact audience of every token accepted here. */
  readonly resource: string;
  /** Started without a shell. */
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment of the child: nothing of ours is added. See `minimalEnvironment`. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether the server speaks revision 2026-07-28 (`modern`) or not (`legacy`). `auto`, the default: it is asked. */
  readonly protocol?: "auto" | "legacy" | "modern";
  /** Which of its tools there are for clients. Without it, all. */
  readonly tools?: ToolRules;
  /** Default: `session`. */
  readonly isolation?: Isolation;
  /** `stateful`: a process that ends takes its sessions with it. `stateless`: one that nobody needs ends, and its sessions go on. */
  readonly memory?: "stateful" | "stateless";
  /** `sse`: a client that holds `GET <path>/events` gets the answers to its plain posts there. Default: `http`. */
  readonly transport?: "http" | "sse";
}

export interface BridgeConfig {
  /** Issuer and base of every URL, without a trailing slash; it may have a path. Never taken from a request. */
  readonly externalUrl: string;
  readonly servers: readonly StdioServer[];
  /** Browser origins, besides our own, that may call the MCP endpoint. */
  readonly corsOrigins: readonly string[];
  readonly childUser?: ChildUser;
  readonly limits: BridgeLimits;
}
