import { randomBytes, randomInt } from "node:crypto";
import type { GithubApplication } from "./github-application.ts";

/** What a code stands for. */
export interface GithubCode {
  readonly clientId: string;
  readonly personId: number;
  readonly scopes: readonly string[];
  readonly redirectUri: string;
  readonly challenge: string | undefined;
  readonly expiresAt: number;
}

export interface GithubToken {
  readonly value: string;
  readonly id: number;
  readonly clientId: string;
  readonly personId: number;
  readonly scopes: readonly string[];
  readonly createdAt: number;
  /** Epoch ms; undefined: never. */
  readonly expiresAt: number | undefined;
  /** The refresh token that came with it. */
  readonly refreshToken: string | undefined;
}

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const random = (prefix: string, length: number): string => prefix + Array.from({ length }, () => letters[randomInt(letters.length)]).join("");

const codeMs = 10 * 60 * 1000;
/** Six months, as the answer of the token endpoint says it. */
export const refreshTokenSeconds = 15_897_600;
const tokensPerScope = 10;

/** What GitHub remembers of authorizations, codes and tokens. Nothing here waits, so that a token can be used up only once. */
export class GithubRecords {
  /** Seconds that tokens of GitHub Apps live. */
  accessTokenTtlSeconds = 28_800;
  readonly #codes = new Map<string, GithubCode>();
  readonly #tokens = new Map<string, GithubToken>();
  readonly #refreshTokens = new Map<string, { readonly access: string; readonly expiresAt: number }>();
  readonly #authorized = new Map<string, ReadonlySet<string>>();

  issueCode(code: Omit<GithubCode, "expiresAt">): string {
    const value = randomBytes(10).toString("hex");
    this.#codes.set(value, { ...code, expiresAt: Date.now() + codeMs });
    this.#authorized.set(authorizationKey(code), new Set([...this.authorizedScopes(code), ...code.scopes]));
    return value;
  }

  /** Takes a code out: whatever comes of it, it does not work twice. */
  takeCode(value: string): GithubCode | undefined {
    const code = this.#codes.get(value);
    this.#codes.delete(value);
    return code !== undefined && code.expiresAt > Date.now() ? code : undefined;
  }

  /** Everything a person has ever allowed an application; empty before the first time. */
  authorizedScopes(of: Authorization): ReadonlySet<string> {
    return this.#authorized.get(authorizationKey(of)) ?? new Set();
  }

  hasAuthorized(of: Authorization): boolean {
    return this.#authorized.has(authorizationKey(of));
  }

  issueToken({ kind = "oauth-app", clientId }: GithubApplication, personId: number, scopes: readonly string[]): GithubToken {
    const createdAt = Date.now();
    const expires = kind === "github-app";
    const token: GithubToken = {
      value: random(expires ? "ghu_" : "gho_", 36),
      id: randomInt(1_000_000_000),
      clientId,
      personId,
      scopes: expires ? [] : scopes,
      createdAt,
      expiresAt: expires ? createdAt + this.accessTokenTtlSeconds * 1000 : undefined,
      refreshToken: expires ? random("ghr_", 76) : undefined,
    };
    this.#tokens.set(token.value, token);
    if (token.refreshToken !== undefined) {
      this.#refreshTokens.set(token.refreshToken, { access: token.value, expiresAt: createdAt + refreshTokenSeconds * 1000 });
    } else this.#dropOldest(token);
    return token;
  }

  /** Uses a refresh token up, and ends the access token that came with it. */
  takeRefreshToken(value: string, clientId: string): GithubToken | undefined {
    const known = this.#refreshTokens.get(value);
    const token = known === undefined ? undefined : this.#tokens.get(known.access);
    if (known === undefined || token === undefined || token.clientId !== clientId || known.expiresAt <= Date.now()) return undefined;
    this.revokeToken(token);
    return token;
  }

  liveToken(value: string): GithubToken | undefined {
    const token = this.#tokens.get(value);
    return token === undefined || (token.expiresAt !== undefined && token.expiresAt <= Date.now()) ? undefined : token;
  }

  revokeToken({ value, refreshToken }: GithubToken): void {
    this.#tokens.delete(value);
    if (refreshToken !== undefined) this.#refreshTokens.delete(refreshToken);
  }

  /** Takes back what a person allowed an application, all of its tokens with it. */
  revokeAuthorization(of: Authorization): void {
    this.#authorized.delete(authorizationKey(of));
    for (const token of this.#tokens.values()) if (authorizationKey(token) === authorizationKey(of)) this.revokeToken(token);
    for (const [value, code] of this.#codes) if (authorizationKey(code) === authorizationKey(of)) this.#codes.delete(value);
  }

  revokePerson(personId: number): void {
    const given = [...this.#authorized.keys()].map((key) => key.split(" ")).filter(([id]) => Number(id) === personId);
    for (const [, clientId = ""] of given) this.revokeAuthorization({ clientId, personId });
  }

  /** Ends access tokens; refresh tokens go on. */
  expireAccessTokens(personId?: number): void {
    for (const token of this.#tokens.values()) {
      if (personId === undefined || token.personId === personId) this.#tokens.set(token.value, { ...token, expiresAt: 0 });
    }
  }

  // GitHub keeps ten tokens of one person, application and list of scopes, and revokes the oldest when there are more.
  #dropOldest(newest: GithubToken): void {
    const key = (token: GithubToken): string => `${authorizationKey(token)} ${token.scopes.join()}`;
    const same = [...this.#tokens.values()].filter((token) => key(token) === key(newest));
    for (const token of same.slice(0, Math.max(0, same.length - tokensPerScope))) this.revokeToken(token);
  }
}

export interface Authorization {
  readonly clientId: string;
  readonly personId: number;
}

const authorizationKey = ({ clientId, personId }: Authorization): string => `${personId} ${clientId}`;
