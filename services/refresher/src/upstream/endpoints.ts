import { AppError, type Clock } from "@mcp-auth-proxy/contracts";
import type { ProviderOutbound } from "@mcp-auth-proxy/http";
import type { EndpointAuthentication, RefreshedProvider } from "../config.ts";

/** Where tokens are asked for, and how we prove who we are there. */
export interface TokenEndpoint {
  readonly url: string;
  readonly authentication: EndpointAuthentication;
}

/** Knows each provider's token endpoint. */
export interface TokenEndpoints {
  /** Throws AppError `unavailable` when it can not be found out now: nothing was sent then. */
  of(provider: RefreshedProvider): Promise<TokenEndpoint>;
}

type Discovered = Extract<RefreshedProvider, { issuer: string }>;

const keptMs = 3_600_000;
const request = { method: "GET", headers: { accept: "application/json" }, maxBytes: 262_144, timeoutMs: 5_000 } as const;

/** OpenID Connect Discovery 1.0 section 4: the path is added to the issuer, which may have a path of its own. */
const documentOf = (issuer: string): string => `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;

const sameIssuer = (one: string, other: string): boolean => one.replace(/\/$/, "") === other.replace(/\/$/, "");

/** As configured, unless the provider says that it takes only the other way (RFC 8414 section 2; basic where it says nothing). */
const authenticationIn = (content: object, configured: EndpointAuthentication): EndpointAuthentication => {
  const listed: unknown = "token_endpoint_auth_methods_supported" in content ? content.token_endpoint_auth_methods_supported : undefined;
  if (!Array.isArray(listed) || listed.includes(configured)) return configured;
  const other = configured === "client_secret_basic" ? "client_secret_post" : "client_secret_basic";
  return listed.includes(other) ? other : configured;
};

const endpointIn = (body: Uint8Array, issuer: string, configured: EndpointAuthentication): TokenEndpoint => {
  const content: unknown = JSON.parse(Buffer.from(body).toString("utf8"));
  if (typeof content !== "object" || content === null) throw new Error("no metadata");
  // Somebody else's metadata would send our secret and the person's token to them (RFC 8414 section 3.3, B02).
  if (!("issuer" in content) || typeof content.issuer !== "string" || !sameIssuer(content.issuer, issuer)) throw new Error("the metadata is another issuer's");
  if (!("token_endpoint" in content) || typeof content.token_endpoint !== "string") throw new Error("no token_endpoint");
  return { url: content.token_endpoint, authentication: authenticationIn(content, configured) };
};

export const createTokenEndpoints = ({ outbound, clock }: { readonly outbound: ProviderOutbound; readonly clock: Clock }): TokenEndpoints => {
  const found = new Map<string, { readonly endpoint: TokenEndpoint; readonly at: number }>();
  const underWay = new Map<string, Promise<TokenEndpoint>>();

  const discover = async ({ id, issuer, clientAuthentication }: Discovered): Promise<TokenEndpoint> => {
    const answer = await outbound.send(documentOf(issuer), request);
    if (!answer.ok) throw new AppError("unavailable", `${id}: its metadata did not come: ${answer.error.code}`);
    if (answer.value.status !== 200) throw new AppError("unavailable", `${id}: its metadata came with status ${answer.value.status}`);
    let endpoint: TokenEndpoint;
    try {
      endpoint = endpointIn(answer.value.body, issuer, clientAuthentication);
    } catch (cause) {
      throw new AppError("unavailable", `${id}: its metadata can not be used`, cause);
    }
    if (!outbound.mayGoTo(endpoint.url)) throw new AppError("unavailable", `${id}: its metadata names a token endpoint that requests may not go to`);
    found.set(id, { endpoint, at: clock.now() });
    return endpoint;
  };

  return {
    of: async (provider) => {
      if ("tokenEndpoint" in provider) return { url: provider.tokenEndpoint, authentication: provider.clientAuthentication };
      const known = found.get(provider.id);
      if (known !== undefined && clock.now() - known.at < keptMs) return known.endpoint;
      const running = underWay.get(provider.id) ?? discover(provider).finally(() => underWay.delete(provider.id));
      underWay.set(provider.id, running);
      try {
        return await running;
      } catch (cause) {
        // What was right an hour ago is better than nothing while the metadata is away.
        if (known !== undefined) return known.endpoint;
        throw cause;
      }
    },
  };
};
