import { AsyncLocalStorage } from "node:async_hooks";
import type { Adapter, Payload } from "oidc-provider";
import type { FaultKind } from "./fault-plan.ts";
import type { UpstreamClient } from "./upstream-client.ts";

/** What a live access token stands for. */
export interface LiveToken {
  readonly sub: string;
  readonly clientId: string;
  readonly scope: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** What is known of the request under way before the package has looked at it. */
export interface RequestUnderWay {
  readonly authentication: "client_secret_basic" | "client_secret_post";
  readonly fault: FaultKind | undefined;
}

/**
 * Everything that an `oidc-provider` remembers. Unlike the adapter of the package it has no limit that evicts live tokens, and a code
 * or refresh token can be used up only once even by requests at the same moment.
 */
export class OidcStore {
  readonly underWay = new AsyncLocalStorage<RequestUnderWay>();
  readonly #rows = new Map<string, Payload>();
  readonly #clients = new Map<string, UpstreamClient>();
  readonly #usedTwice: () => Error;

  /** @param usedTwice makes the error that the second user of a one-time token gets */
  constructor(clients: readonly UpstreamClient[], usedTwice: () => Error) {
    for (const client of clients) this.addClient(client);
    this.#usedTwice = usedTwice;
  }

  addClient(client: UpstreamClient): void {
    this.#clients.set(client.clientId, client);
  }

  /** The adapter of one kind of thing, as the package wants it. */
  adapter(model: string): Adapter {
    const key = (id: string): string => `${model}:${id}`;
    const findBy = async (name: string, value: string): Promise<Payload | undefined> =>
      [...this.#rows].find(([rowKey, row]) => rowKey.startsWith(`${model}:`) && row[name] === value)?.[1];
    return {
      upsert: async (id, payload) => void this.#rows.set(key(id), payload),
      find: async (id) => (model === "Client" ? this.#client(id) : this.#rows.get(key(id))),
      findByUid: (uid) => findBy("uid", uid),
      findByUserCode: (code) => findBy("userCode", code),
      destroy: async (id) => void this.#rows.delete(key(id)),
      revokeByGrantId: async (grantId) => this.#forget((rowKey, row) => rowKey.startsWith(`${model}:`) && row.grantId === grantId),
      consume: async (id) => this.#consume(key(id)),
    };
  }

  /** The live access token with this value; its grant must live too. */
  liveToken(value: string): LiveToken | undefined {
    const row = this.#rows.get(`AccessToken:${value}`);
    const expiresAt = Number(row?.exp) * 1000;
    if (row === undefined || !(expiresAt > Date.now()) || !this.#rows.has(`Grant:${String(row.grantId)}`)) return undefined;
    return { sub: String(row.accountId), clientId: String(row.clientId), scope: typeof row.scope === "string" ? row.scope : "", expiresAt };
  }

  /** Whose access or refresh token this is. */
  tokenOwner(value: string): { readonly sub: string; readonly clientId: string } | undefined {
    const row = this.#rows.get(`AccessToken:${value}`) ?? this.#rows.get(`RefreshToken:${value}`);
    return row === undefined ? undefined : { sub: String(row.accountId), clientId: String(row.clientId) };
  }

  /** Ends access tokens now, everybody's or one person's; refresh tokens go on. */
  expireAccessTokens(sub?: string): void {
    this.#forget((key, row) => key.startsWith("AccessToken:") && (sub === undefined || row.accountId === sub));
  }

  /** Takes away all that a person has given to one client. */
  revokeConsent(clientId: string, sub: string): void {
    this.#forget((_key, row) => row.clientId === clientId && row.accountId === sub);
  }

  /** Takes away all that a person has given: consents, tokens, sessions. Signing in again works. */
  revokePerson(sub: string): void {
    this.#forget((_key, row) => row.accountId === sub);
  }

  #consume(key: string): void {
    const row = this.#rows.get(key);
    if (row === undefined || row.consumed !== undefined) {
      if (row !== undefined) this.#forget((other, { grantId }) => grantId === row.grantId || other === `Grant:${String(row.grantId)}`);
      throw this.#usedTwice();
    }
    this.#rows.set(key, { ...row, consumed: Math.floor(Date.now() / 1000) });
  }

  #client(id: string): Payload | undefined {
    const client = this.#clients.get(id);
    if (client === undefined) return undefined;
    const { clientSecret, redirectUris } = client;
    // Google and its like take the secret either way, the package only the way that was registered: so it is registered as it comes.
    const method = clientSecret === undefined ? "none" : (this.underWay.getStore()?.authentication ?? "client_secret_post");
    return {
      client_id: id,
      ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
      token_endpoint_auth_method: method,
      redirect_uris: redirectUris,
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
    };
  }

  #forget(matches: (key: string, row: Payload) => boolean): void {
    for (const [key, row] of this.#rows) if (matches(key, row)) this.#rows.delete(key);
  }
}
