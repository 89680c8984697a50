import type { Secret } from "@mcp-auth-proxy/crypto";
import type { IdentityFacts } from "../validate/access-rules.ts";

/** What makes one visit at a provider ours; made for it, and used up by its callback. */
export interface VisitSecrets {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Where the browser is sent. */
export interface VisitRequest extends VisitSecrets {
  readonly redirectUri: string;
  /** Beyond those that name the person. */
  readonly scopes: readonly string[];
  /** The tokens are going to be kept: a refresh token is asked for, too. */
  readonly keeps: boolean;
  /** Makes the provider ask again what it was told before: some give a refresh token only then. */
  readonly asksConsent: boolean;
  /** Makes the provider ask which account. */
  readonly asksAccount: boolean;
}

/** Who came back. */
export interface UpstreamIdentity {
  /** The provider's lasting id of the account, with whose id it is: never a name or an address. */
  readonly account: string;
  /** A name for pages, that nobody else can take: a verified address or a login where there is one. */
  readonly name: string;
  readonly facts: IdentityFacts;
}

export interface Redeemed {
  /** The body of the token response, as it came. */
  readonly tokenResponse: Secret<string>;
  /** Epoch ms. */
  readonly receivedAt: number;
  readonly identity: UpstreamIdentity;
}

/**
 * One provider, as a client of ours sees it. The implementer's duties: everything that names the person is verified
 * before it is believed; `iss`, where it has to be there, before the code is redeemed (RFC 9207, F10); nothing that
 * the provider sends gets into an error's text. Rejects with UpstreamError.
 */
export interface UpstreamClient {
  /** All scopes of a visit, space separated. */
  scopeOf(request: Pick<VisitRequest, "scopes" | "keeps">): Promise<string>;
  /** Whether a visit that asks for consent again could bring the refresh token that the last one did not. */
  refreshesAfterConsent(): Promise<boolean>;
  authorizationUrl(request: VisitRequest): Promise<string>;
  /** `callback`: the redirect URI with everything that the provider added. */
  redeem(callback: URL, secrets: VisitSecrets): Promise<Redeemed>;
}
