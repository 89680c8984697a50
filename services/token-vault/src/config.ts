/** Without TOKEN_REFRESH_THRESHOLD. */
export const defaultRefreshThresholdMs = 300_000;

/** What the vault must know to tell a living caller, and a refresh that is due. */
export interface TokenVaultConfig {
  /** EXTERNAL_URL: the issuer of the access tokens that callers come with. */
  readonly issuer: string;
  /** The canonical resources that are served now; asked anew for each lease, because servers come and go. */
  readonly resources: () => readonly string[];
  /** TOKEN_REFRESH_THRESHOLD: so long before its expiry a refresh is due. */
  readonly refreshThresholdMs: number;
}
