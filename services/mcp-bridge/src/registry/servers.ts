import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import type { BridgeConfig, HttpServer, McpServer, StdioServer } from "../config.ts";
import { hasPlace } from "../inject/template.ts";
import { mappableClaims } from "../upstream-http/request-headers.ts";

/** What is wrong with the server definitions, in a sentence for the operator. */
export type BadServers = string;

/** Bytes that end a value early, or start another, for somebody who reads it later. */
const badBytes = /[\0\r\n]/;
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Definitions come from the operator's configuration and from nowhere else; they are checked all the same, because
 * what is in them ends up in a process: a NUL or a line break in a variable is how one is smuggled in.
 */
export const checkServers = ({ externalUrl, servers }: BridgeConfig): Result<readonly McpServer[], BadServers> => {
  if (servers.length === 0) return err("no MCP server is configured");
  if (new Set(servers.map(({ path }) => path)).size !== servers.length) return err("two MCP servers have the same path");
  for (const server of servers) {
    const fault = serverFault(server, externalUrl);
    if (fault !== undefined) return err(`${server.name}: ${fault}`);
  }
  return ok(servers);
};

/** What is wrong with one definition, in words that hold nothing of it but names; undefined: nothing. */
export const serverFault = (server: McpServer, externalUrl: string): BadServers | undefined =>
  commonFault(server, externalUrl) ?? (server.kind === "http" ? httpFault(server, externalUrl) : stdioFault(server));

const commonFault = ({ path, resource }: McpServer, externalUrl: string): string | undefined => {
  if (!/^(?:\/[a-z0-9][a-z0-9-]{0,62})?\/mcp$/.test(path)) return "its path is neither /mcp nor /<name>/mcp";
  return resource === `${externalUrl}${path}` ? undefined : "its resource is not its address";
};

const stdioFault = ({ command, args, cwd, env, inject, isolation }: StdioServer): string | undefined => {
  if (command === "" || badBytes.test(command) || badBytes.test(cwd)) return "its command is empty or holds a line break";
  if (args.some((argument) => argument.includes("\0"))) return "an argument holds a NUL";
  for (const [name, value] of Object.entries(env)) {
    if (!variableName.test(name)) return "the name of an environment variable is not one";
    if (badBytes.test(value)) return `the environment variable ${name} holds a NUL or a line break`;
  }
  if (inject?.kind === "header") return "a header can only be sent to a server behind an address";
  const variables = inject?.kind === "env" ? Object.entries(inject.templates) : inject?.kind === "file" ? [[inject.variable, ""] as const] : [];
  if (variables.length > 0 && isolation === "shared") return "one process for everybody would hold one person's token";
  for (const [name, template] of variables) if (!variableName.test(name) || badBytes.test(template)) return `${name} is no variable for a token`;
  return undefined;
};

const httpFault = ({ url, inject, headers = {}, headerMapping = [], identityHeader, bearerToken }: HttpServer, externalUrl: string): string | undefined => {
  if (!URL.canParse(url) || !["http:", "https:"].includes(new URL(url).protocol)) return "its url is not the address of an HTTP server";
  const address = new URL(url);
  if (address.username !== "" || address.password !== "") return "its url holds a user or a password";
  const own = new URL(externalUrl);
  if (address.host === own.host && (own.pathname === "/" || address.pathname.startsWith(`${own.pathname}/`))) return "its url leads back to this gateway";
  if (inject?.kind === "env" || inject?.kind === "file") return "a server behind an address has no environment: use a header or params";
  if (inject?.kind === "header" && (!headerName.test(inject.name) || badBytes.test(inject.template) || !hasPlace(inject.template))) return "its injected header is none";
  const names = [...Object.keys(headers), ...headerMapping.map(({ header }) => header), ...(identityHeader === undefined ? [] : [identityHeader])];
  const bad = names.find((name) => !headerName.test(name) || reserved.has(name.toLowerCase()));
  if (bad !== undefined) return `the header ${bad} can not be set`;
  for (const [name, value] of Object.entries(headers)) if (badBytes.test(value.reveal())) return `the header ${name} holds a NUL or a line break`;
  if (bearerToken !== undefined && !/^[\x21-\x7e]+$/.test(bearerToken.reveal())) return "its bearer token can not be sent";
  if (bearerToken !== undefined && inject?.kind === "header" && inject.name.toLowerCase() === "authorization") return "the gateway's own token and a person's would be the same header";
  const unknown = headerMapping.find(({ claim }) => !mappableClaims.some((known) => known === claim));
  return unknown === undefined ? undefined : `${unknown.claim} is not a fact that is known of a caller: ${mappableClaims.join(", ")}`;
};

/** What the exchange itself depends on. */
const reserved: ReadonlySet<string> = new Set([
  "host", "content-length", "content-type", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect", "accept", "accept-encoding",
  "mcp-session-id", "mcp-protocol-version", "mcp-method", "mcp-name", "last-event-id",
]);
