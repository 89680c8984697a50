import { type AccessTokenExpectations, type Caller, type Revocations, type SigningKeys, verifyAccessToken } from "@mcp-auth-proxy/access-token";
import { type Clock, err, ok, type Result } from "@mcp-auth-proxy/contracts";
import type { Log } from "@mcp-auth-proxy/telemetry";
import { baselineScope, type Challenge } from "./challenge.ts";
import type { VerifiedTokens } from "./verified-tokens.ts";

/** What of a request can carry a token. */
export interface Credentials {
  /** Every Authorization header: Node would show the first of several only. */
  readonly authorization: readonly string[];
  /** The raw query, without its question mark. */
  readonly query: string;
}

export interface BearerOptions {
  readonly expectations: AccessTokenExpectations;
  readonly keys: SigningKeys;
  readonly verified: VerifiedTokens;
  readonly revocations: Revocations;
  readonly clock: Clock;
  readonly log: Log;
}

/** Finds out who is asking, on every request anew: a session is no authentication. */
export class Bearer {
  readonly #options: BearerOptions;

  constructor(options: BearerOptions) {
    this.#options = options;
  }

  /** Whether somebody who was let in may still be: for whatever had to wait meanwhile, for a body or a server. */
  stillAllows(caller: Caller): boolean {
    const { revocations, clock } = this.#options;
    return clock.now() < caller.expiresAt && !revocations.denies(caller);
  }

  /** At once for a token that was verified before. Throws, or rejects with, AppError when it can not be found out. */
  authenticate(credentials: Credentials): Result<Caller, Challenge> | Promise<Result<Caller, Challenge>> {
    const { verified, clock } = this.#options;
    const token = readToken(credentials);
    if (!token.ok) return token;
    const known = verified.find(token.value, clock.now());
    return known === undefined ? this.#verify(token.value).then((caller) => this.#decide(caller)) : this.#decide(known);
  }

  #decide(caller: Caller | undefined): Result<Caller, Challenge> {
    const { revocations, log } = this.#options;
    if (caller === undefined) return err("invalid_token");
    if (revocations.denies(caller)) {
      log.info("a revoked access token was refused");
      return err("invalid_token");
    }
    // After validity: an expired token without the scope is an expired token.
    return caller.scopes.includes(baselineScope) ? ok(caller) : err("insufficient_scope");
  }

  async #verify(token: string): Promise<Caller | undefined> {
    const { verified, expectations, keys, clock, log } = this.#options;
    const result = await verifyAccessToken(token, expectations, keys, clock);
    if (!result.ok) {
      log.info({ reason: result.error.reason }, "an access token was refused");
      return undefined;
    }
    verified.keep(token, result.value);
    return result.value;
  }
}

/** RFC 6750 section 2.1 only: a token in a query ends up in logs and histories, whoever wrote it there. */
export const readToken = ({ authorization, query }: Credentials): Result<string, Challenge> => {
  if (query !== "" && new URLSearchParams(query).has("access_token")) return err("invalid_token");
  const [only, ...others] = authorization;
  if (only === undefined) return err("no_token");
  const token = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(only)?.[1];
  return token === undefined || others.length > 0 ? err("invalid_token") : ok(token);
};
