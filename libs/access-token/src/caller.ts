/** Who makes a request, as their access token says. Ids only; times in epoch ms. */
export interface Caller {
  readonly subject: string;
  readonly client: string;
  readonly grant: string;
  /** The token's audience: the one server that it is good for. */
  readonly resource: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly scopes: readonly string[];
}

/** What a denial can be about. */
export type DeniableCaller = Pick<Caller, "subject" | "client" | "grant" | "issuedAt">;
