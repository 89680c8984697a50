import type { Secret } from "@mcp-auth-proxy/crypto";

/** How a server gets the token of the person who calls. `${access_token}` in a template is where it stands. */
export type Injection =
  | { readonly kind: "header"; readonly name: string; readonly template: string }
  | { readonly kind: "env"; readonly templates: Readonly<Record<string, string>> }
  | { readonly kind: "file"; readonly variable: string; readonly format: "google-authorized-user" }
  | { readonly kind: "params" };

export type Transport =
  | { readonly kind: "stdio"; readonly command: string; readonly args: readonly string[]; readonly env: Readonly<Record<string, string>>; readonly cwd?: string }
  | { readonly kind: "http" | "sse"; readonly url: string };

/** The account that a server needs of everyone who uses it. */
export interface AccountNeed {
  /** Undefined: the provider that people sign in with. */
  readonly provider?: string;
  /** Another client than the provider's own. */
  readonly client?: { readonly id: string; readonly secret: Secret<string> };
  readonly scopes: readonly string[];
}

/** One MCP server as the operator described it, checked. */
export interface ServerDefinition {
  readonly name: string;
  readonly transport: Transport;
  readonly account?: AccountNeed;
  /** In the words of ALLOWED_USERS; absent: whoever may sign in. */
  readonly allowedUsers?: readonly string[];
  readonly inject?: Injection;
  readonly isolation?: "session" | "user" | "shared";
  readonly memory?: "stateful" | "stateless";
  readonly tools: { readonly allow?: readonly string[]; readonly deny?: readonly string[] };
}
