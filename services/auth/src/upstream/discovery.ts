import type { Clock } from "@mcp-auth-proxy/contracts";
import type { ProviderOutbound } from "@mcp-auth-proxy/http";
import type { ServerMetadata } from "openid-client";
import { Type, type Static } from "typebox";
import { Value } from "typebox/value";
import type { ExplicitEndpoints } from "./upstream-provider.ts";
import { UpstreamError } from "./upstream-error.ts";

const Strings = Type.Array(Type.String({ maxLength: 200 }), { maxItems: 500 });
/** OpenID Connect Discovery section 3, as far as we use it; the rest is passed over. */
const Document = Type.Object({
  issuer: Type.String({ maxLength: 2_048 }),
  authorization_endpoint: Type.Optional(Type.String()),
  token_endpoint: Type.Optional(Type.String()),
  userinfo_endpoint: Type.Optional(Type.String()),
  jwks_uri: Type.Optional(Type.String()),
  scopes_supported: Type.Optional(Strings),
  token_endpoint_auth_methods_supported: Type.Optional(Strings),
  id_token_signing_alg_values_supported: Type.Optional(Strings),
  authorization_response_iss_parameter_supported: Type.Optional(Type.Boolean()),
});
type Document = Static<typeof Document>;

/** What is known of a provider. Every endpoint in it may be gone to. */
export interface ProviderMetadata extends ServerMetadata {
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
}

export interface DiscoverySource {
  readonly issuer: string;
  readonly configurationUrl?: string;
  readonly endpoints: ExplicitEndpoints;
}

const freshMs = 3_600_000;
/** A provider that is down is not knocked at by everybody who would like to sign in. */
const restMs = 5_000;
const request = { method: "GET", headers: { accept: "application/json" }, maxBytes: 262_144, timeoutMs: 10_000 } as const;

const withoutSlash = (url: string): string => (url.endsWith("/") ? url.slice(0, -1) : url);

const explicitOf = ({ authorization, token, userinfo, jwks }: ExplicitEndpoints): Partial<Document> => ({
  ...(authorization === undefined ? {} : { authorization_endpoint: authorization }),
  ...(token === undefined ? {} : { token_endpoint: token }),
  ...(userinfo === undefined ? {} : { userinfo_endpoint: userinfo }),
  ...(jwks === undefined ? {} : { jwks_uri: jwks }),
});

const parsed = (text: string): Document => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UpstreamError("unavailable", "discovery: no JSON", cause);
  }
  if (!Value.Check(Document, value)) throw new UpstreamError("invalid", "the metadata breaks its schema");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- some properties less of what was just checked; none of them is more than asked for
  return Object.fromEntries(Object.entries(value).filter(([name]) => Object.hasOwn(Document.properties, name))) as Document;
};

/**
 * A provider's metadata: discovered when it is first needed, so that one that is down does not stop the start, and kept
 * for an hour; longer while it does not answer. The issuer is the operator's word: a document in the name of another is
 * refused (RFC 8414 section 3.3, B02), but for one trailing slash. Addresses that nobody may go to are refused (B03).
 */
export const createDiscovery = ({ source, outbound, clock }: { readonly source: DiscoverySource; readonly outbound: ProviderOutbound; readonly clock: Clock }): (() => Promise<ProviderMetadata>) => {
  let known: { readonly metadata: ProviderMetadata; readonly at: number } | undefined;
  let failed: { readonly error: UpstreamError; readonly at: number } | undefined;
  let underWay: Promise<ProviderMetadata> | undefined;

  const checked = (document: Document): ProviderMetadata => {
    const { authorization_endpoint: authorization, token_endpoint: token, userinfo_endpoint: userinfo, jwks_uri: jwks } = document;
    if (authorization === undefined || token === undefined) throw new UpstreamError("invalid", "the metadata lacks an endpoint");
    const foreign = [authorization, token, userinfo, jwks].find((url) => url !== undefined && !outbound.mayGoTo(url));
    if (foreign !== undefined) throw new UpstreamError("invalid", "the metadata names an address that is not gone to");
    return { ...document, authorization_endpoint: authorization, token_endpoint: token };
  };

  const fetchDocument = async (): Promise<Document> => {
    const url = source.configurationUrl ?? `${withoutSlash(source.issuer)}/.well-known/openid-configuration`;
    const answer = await outbound.send(url, request);
    if (!answer.ok) throw new UpstreamError("unavailable", `discovery: ${answer.error.code}: ${answer.error.detail}`, answer.error.cause);
    if (answer.value.status !== 200) throw new UpstreamError("unavailable", `discovery: status ${answer.value.status}`);
    const document = parsed(Buffer.from(answer.value.body).toString("utf8"));
    if (withoutSlash(document.issuer) !== withoutSlash(source.issuer)) throw new UpstreamError("invalid", "the metadata is another issuer's");
    return document;
  };

  const find = async (): Promise<ProviderMetadata> => {
    const explicit = explicitOf(source.endpoints);
    if (explicit.authorization_endpoint !== undefined && explicit.token_endpoint !== undefined) return checked({ issuer: source.issuer, ...explicit });
    return checked({ ...(await fetchDocument()), ...explicit });
  };

  const refreshed = (): Promise<ProviderMetadata> => {
    underWay ??= find()
      .then((metadata) => {
        known = { metadata, at: clock.now() };
        failed = undefined;
        return metadata;
      })
      .catch((cause: unknown) => {
        const error = cause instanceof UpstreamError ? cause : new UpstreamError("unavailable", "discovery failed", cause);
        failed = { error, at: clock.now() };
        // A provider that answers no more may still sign people in; one that answers something else may not.
        if (known !== undefined && error.failure === "unavailable") return known.metadata;
        throw error;
      })
      .finally(() => {
        underWay = undefined;
      });
    return underWay;
  };

  return async () => {
    const now = clock.now();
    if (known !== undefined && now - known.at < freshMs) return known.metadata;
    if (failed !== undefined && now - failed.at < restMs) {
      if (known !== undefined && failed.error.failure === "unavailable") return known.metadata;
      throw failed.error;
    }
    return refreshed();
  };
};
