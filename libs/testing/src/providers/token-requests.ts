import { createHash } from "node:crypto";
import type { FaultKind } from "./fault-plan.ts";

/** Which refresh token was presented, without the token. */
export interface RefreshTokenTrace {
  /** The first 16 characters of its SHA-256, base64url. */
  readonly hash: string;
  /** One number for each sign-in; all tokens that came of it share it. */
  readonly family: number;
  /** 0 is the token of the sign-in, each rotation adds one. */
  readonly generation: number;
}

/** One request that arrived at the token endpoint. */
export interface TokenRequest {
  /** Epoch ms of its arrival. */
  readonly at: number;
  readonly grantType: string;
  readonly clientId: string | undefined;
  /** Whose token it was, as the provider names people (`sub`, or GitHub's id), when that is known. */
  readonly person: string | undefined;
  /** Present when the refresh token is one of ours, dead or alive. */
  readonly refreshToken: RefreshTokenTrace | undefined;
  /** What was answered; undefined when nothing was. */
  readonly status: number | undefined;
  readonly error: string | undefined;
  /** The failure that the test had asked for. */
  readonly fault: FaultKind | undefined;
  /** Names of the form's parameters, in order; of an OpenID provider. */
  readonly parameters?: readonly string[];
}

export const tokenHash = (token: string): string => createHash("sha256").update(token).digest("base64url").slice(0, 16);

/** What a token endpoint has seen, and which refresh token came of which. */
export class TokenRequests {
  readonly all: TokenRequest[] = [];
  /** Every token that was given out. */
  readonly tokens: string[] = [];
  readonly #known = new Map<string, RefreshTokenTrace & { readonly person: string }>();
  #families = 0;

  /** Notes a refresh token that was given out, `from` an older one or from a sign-in. */
  issued(token: string, person: string, from?: string): void {
    const hash = tokenHash(token);
    if (this.#known.has(hash)) return;
    const parent = from === undefined ? undefined : this.#known.get(tokenHash(from));
    const family = parent?.family ?? (this.#families += 1);
    this.#known.set(hash, { hash, family, generation: parent === undefined ? 0 : parent.generation + 1, person });
  }

  arrived(request: Omit<TokenRequest, "refreshToken" | "person">, refreshToken: string | undefined, person?: string): void {
    const known = refreshToken === undefined ? undefined : this.#known.get(tokenHash(refreshToken));
    const trace = known === undefined ? undefined : { hash: known.hash, family: known.family, generation: known.generation };
    this.all.push({ ...request, refreshToken: trace, person: person ?? known?.person });
  }
}
