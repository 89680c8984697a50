/** A gateway as its providers know it: what an operator would type into their consoles. */
export interface UpstreamClient {
  readonly clientId: string;
  /** Absent: a public client. */
  readonly clientSecret?: string | undefined;
  readonly redirectUris: readonly string[];
}
