/** Who makes a request, as the access token says. Ids only; times in epoch ms. */
export interface Caller {
  readonly subject: string;
  readonly client: string;
  readonly grant: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly scopes: readonly string[];
}
