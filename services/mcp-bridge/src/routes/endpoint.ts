import type { StdioServer } from "../config.ts";

/** Where one server is found: its endpoint, and the document that says who protects it (RFC 9728 section 3.1). */
export interface Endpoint {
  readonly server: StdioServer;
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

export const endpointOf = (externalUrl: string, server: StdioServer): Endpoint => {
  const { origin, pathname } = new URL(externalUrl);
  const base = pathname === "/" ? "" : pathname;
  const withSlash = (path: string): readonly string[] => [path, `${path}/`];
  const canonical = `${wellKnown}${base}${server.path}`;
  return {
    server,
    paths: [...new Set([`${base}${server.path}`, server.path])].flatMap(withSlash),
    ssePaths: [...new Set([`${base}/sse`, "/sse"])].flatMap(withSlash),
    messagePaths: [...new Set([`${base}/messages`, "/messages"])],
    messagePath: `${base}/messages`,
    eventPaths: server.transport === "sse" ? [...new Set([`${base}${server.path}/events`, `${server.path}/events`])] : [],
    // The root form is for clients that ask there when the first is not found, or that never heard of the first.
    metadataPaths: [...new Set([canonical, `${wellKnown}${server.path}`, `${wellKnown}${base}`, wellKnown])].flatMap(withSlash),
    metadataUrl: `${origin}${canonical}`,
  };
};
