import { AppError } from "@mcp-auth-proxy/contracts";
import type { Bearer } from "../auth/bearer.ts";
import type { VerifiedTokens } from "../auth/verified-tokens.ts";
import type { McpServer } from "../config.ts";
import type { ToolPolicy } from "../guard/policy.ts";

/** A server with what is its own alone. */
export interface ServedServer {
  readonly server: McpServer;
  readonly policy: ToolPolicy;
  /** The check for its own audience. */
  readonly bearer: Bearer;
  readonly verified: VerifiedTokens;
}

/** The servers that there are now. A server is its definition: another definition at the same path is another server. */
export class ServerRegistry {
  readonly #make: (server: McpServer) => ServedServer;
  #served: ReadonlyMap<McpServer, ServedServer> = new Map();

  constructor(make: (server: McpServer) => ServedServer) {
    this.#make = make;
  }

  get all(): readonly ServedServer[] {
    return [...this.#served.values()];
  }

  has(server: McpServer): boolean {
    return this.#served.has(server);
  }

  /** Throws AppError for a server that went while a request for it was under way. */
  policyOf(server: McpServer): ToolPolicy {
    const served = this.#served.get(server);
    if (served === undefined) throw new AppError("unavailable", `the server ${server.name} is not there any more`);
    return served.policy;
  }

  /** The same as before for a server that is there; nothing changes yet. */
  prepare(servers: readonly McpServer[]): readonly ServedServer[] {
    return servers.map((server) => this.#served.get(server) ?? this.#make(server));
  }

  /** From now on there are these, and no others. Answers with those that went. */
  replace(served: readonly ServedServer[]): readonly McpServer[] {
    const former = this.#served;
    this.#served = new Map(served.map((each) => [each.server, each]));
    return [...former.keys()].filter((server) => !this.#served.has(server));
  }
}
