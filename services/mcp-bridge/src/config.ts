import type { Secret } from "@mcp-auth-proxy/crypto";
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

/** How a person's token of their connected account gets to the server. `${access_token}` in a template is where it stands. */
export type Injection =
  /** With every request to an HTTP server. */
  | { readonly kind: "header"; readonly name: string; readonly template: string }
  /** In variables of the process that is started for this person and client. */
  | { readonly kind: "env"; readonly templates: Readonly<Record<string, string>> }
  /** In a file for that process, which `variable` names to it. `google-authorized-user`: as Google's own libraries read it. */
  | { readonly kind: "file"; readonly variable: string; readonly format: "google-authorized-user" }
  /** As the member `authorization` of the parameters of requests: `Bearer <token>`. */
  | { readonly kind: "params" };

/** What there is to know of a server, however it is spoken to. */
interface ServerDefinition {
  /** A short name for logs and for the protected resource metadata. */
  readonly name: string;
  /** The path of the endpoint below the external URL: `/mcp`, or `/<name>/mcp` of one among several. */
  readonly path: string;
  /** The canonical resource identifier, `<externalUrl><path>`: the exact audience of every token accepted here. */
  readonly resource: string;
  /** Which of its tools there are for clients. Without it, all. */
  readonly tools?: ToolRules;
  /** Present where it works with an account that each person connects; without it nothing is ever asked of the vault. */
  readonly inject?: Injection;
  /** At which provider that account is: one of another that a person connected for it before is not sent. Any, unless given. */
  readonly provider?: string;
}

/** One MCP server that is started as a child and spoken to over stdio. Never sent to anyone: it holds a command. */
export interface StdioServer extends ServerDefinition {
  readonly kind?: "stdio";
  /** Started without a shell. */
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment of the child: nothing of ours is added. See `minimalEnvironment`. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether the server speaks revision 2026-07-28 (`modern`) or not (`legacy`). `auto`, the default: it is asked. */
  readonly protocol?: "auto" | "legacy" | "modern";
  /** Default: `session`; `user` where a token is put into the environment or a file. */
  readonly isolation?: Isolation;
  /** `stateful`: a process that ends takes its sessions with it. `stateless`: one that nobody needs ends, and its sessions go on. */
  readonly memory?: "stateful" | "stateless";
  /** `sse`: a client that holds `GET <path>/events` gets the answers to its plain posts there. Default: `http`. */
  readonly transport?: "http" | "sse";
}

/** A fact of the caller and the header that it is sent in: `{ claim: "/sub", header: "X-User" }`. */
export interface MappedHeader {
  /** A JSON pointer (RFC 6901) to one of `sub`, `client_id`, `scope`, `email`, `preferred_username`. */
  readonly claim: string;
  readonly header: string;
}

/** One MCP server that is spoken to over Streamable HTTP. Its address is the operator's choice and may be a private one. */
export interface HttpServer extends ServerDefinition {
  readonly kind: "http";
  /** The whole address of its endpoint, http or https. */
  readonly url: string;
  /** Sent with every request, over what a client sent under these names. */
  readonly headers?: Readonly<Record<string, Secret<string>>>;
  /** The operator's own token for the server, where no person's is sent. */
  readonly bearerToken?: Secret<string>;
  readonly headerMapping?: readonly MappedHeader[];
  /** A header in which it gets a signed JWT of who is calling, for its own resource. */
  readonly identityHeader?: string;
  /** The server has no stream for what it says unasked: GET is not passed on. */
  readonly streamingOnly?: boolean;
}

export type McpServer = StdioServer | HttpServer;

export interface BridgeConfig {
  /** Issuer and base of every URL, without a trailing slash; it may have a path. Never taken from a request. */
  readonly externalUrl: string;
  readonly servers: readonly McpServer[];
  /** Browser origins, besides our own, that may call the MCP endpoint. */
  readonly corsOrigins: readonly string[];
  readonly childUser?: ChildUser;
  readonly limits: BridgeLimits;
}
