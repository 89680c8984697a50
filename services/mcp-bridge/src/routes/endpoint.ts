import type { McpServer, StdioServer } from "../config.ts";

/** Where one server is found: its endpoint, and the document that says who protects it (RFC 9728 section 3.1). */
export interface Endpoint<Server extends McpServer = StdioServer> {
  readonly server: Server;
  /**
   * Paths of the endpoint. Where the external URL has a path, a proxy in front may take it off or leave it on, so both
   * are served; the token's audience is the canonical URL either way.
   */
  readonly paths: readonly string[];
  /** Of the older transport: the stream, and where its client posts. */
  readonly ssePaths: readonly string[];
  readonly messagePaths: readonly string[];
  /** The canonical one of those, for the client to resolve against the address of its stream. */
  readonly messagePath: string;
  /** Where a client without a session listens, if the server is set up for that. */
  readonly eventPaths: readonly string[];
  readonly metadataPaths: readonly string[];
  readonly metadataUrl: string;
}

const wellKnown = "/.well-known/oauth-protected-resource";

/** `alone`: there is no other endpoint, so that it is also found where a client looks that was told nothing but the host. */
export const endpointOf = <Server extends McpServer>(externalUrl: string, server: Server, alone: boolean): Endpoint<Server> => {
  const { origin, pathname } = new URL(externalUrl);
  const base = pathname === "/" ? "" : pathname;
  const withSlash = (path: string): readonly string[] => [path, `${path}/`];
  const canonical = `${wellKnown}${base}${server.path}`;
  /** Of one server among several: `/<name>`. */
  const own = server.path.replace(/\/mcp$/, "");
  const places = (path: string): readonly string[] => [...new Set([own, ...(alone ? [""] : [])].flatMap((prefix) => [`${base}${prefix}${path}`, `${prefix}${path}`]))];
  const hasEvents = server.kind !== "http" && server.transport === "sse";
  return {
    server,
    paths: places("/mcp").flatMap(withSlash),
    ssePaths: places("/sse").flatMap(withSlash),
    messagePaths: places("/messages"),
    messagePath: `${base}${own}/messages`,
    eventPaths: hasEvents ? places("/mcp/events") : [],
    // The root form is for clients that ask there when the first is not found, or that never heard of the first. It can
    // describe one server only (RFC 9728 section 3.3).
    metadataPaths: [...new Set([canonical, `${wellKnown}${server.path}`, ...(alone || own === "" ? [`${wellKnown}${base}`, wellKnown, `${wellKnown}${base}/mcp`, `${wellKnown}/mcp`] : [])])].flatMap(withSlash),
    metadataUrl: `${origin}${canonical}`,
  };
};
