import { request } from "./answer.ts";
import { jsonObject, stringIn } from "./json.ts";

/** What a client learns from one 401, as strictly as the MCP authorization pages demand of it. */
export interface Discovery {
  readonly mcpUrl: string;
  readonly resource: string;
  readonly issuer: string;
  readonly challengedScope: string | undefined;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly registrationEndpoint: string;
  readonly jwksUri: string;
  readonly metadata: Record<string, unknown>;
}

const attribute = (challenge: string, name: string): string | undefined =>
  new RegExp(`[ ,]${name}="([^"]*)"`).exec(` ${challenge}`)?.[1];

function metadataUrl(issuer: string): string {
  const url = new URL(issuer);
  const path = url.pathname === "/" ? "" : url.pathname;
  return `${url.origin}/.well-known/oauth-authorization-server${path}`;
}

async function getJson(url: string): Promise<Record<string, unknown>> {
  const answer = await request(url, { headers: { accept: "application/json", "mcp-protocol-version": "2025-11-25" } });
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`);
  return jsonObject(answer.text);
}

function must(holds: boolean, sentence: string): void {
  if (!holds) throw new Error(`discovery: ${sentence}`);
}

/** Starts at the MCP URL without a token and ends at the authorization server's endpoints; throws where a strict client would stop. */
export async function discover(mcpUrl: string): Promise<Discovery> {
  const challenge = await request(mcpUrl, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }),
  });
  must(challenge.status === 401, `expected 401 without a token, got ${challenge.status}`);
  const header = challenge.headers.get("www-authenticate") ?? "";
  must(header.startsWith("Bearer "), "the challenge is not Bearer");
  must(attribute(header, "error") === undefined, "an error is named although no token was sent");
  const resourceMetadata = attribute(header, "resource_metadata");
  if (resourceMetadata === undefined) throw new Error("discovery: no resource_metadata in the challenge");

  const protectedResource = await getJson(resourceMetadata);
  const resource = stringIn(protectedResource, "resource");
  must(resource === mcpUrl, `resource ${resource} is not ${mcpUrl}`);
  const servers = protectedResource.authorization_servers;
  const issuer: unknown = Array.isArray(servers) ? servers[0] : undefined;
  if (typeof issuer !== "string") throw new Error("discovery: no authorization server is named");

  const metadata = await getJson(metadataUrl(issuer));
  must(metadata.issuer === issuer, "the issuer is not the one that was asked");
  const methods = metadata.code_challenge_methods_supported;
  must(Array.isArray(methods) && methods.includes("S256"), "S256 is not announced");
  return {
    mcpUrl,
    resource,
    issuer,
    challengedScope: attribute(header, "scope"),
    authorizationEndpoint: stringIn(metadata, "authorization_endpoint"),
    tokenEndpoint: stringIn(metadata, "token_endpoint"),
    registrationEndpoint: stringIn(metadata, "registration_endpoint"),
    jwksUri: stringIn(metadata, "jwks_uri"),
    metadata,
  };
}
