import { Secret } from "@mcp-auth-proxy/crypto";
import type { IssuedAccessToken } from "./access-token.ts";
import type { RefreshToken } from "./refresh-token.ts";

/** The body of a successful answer (RFC 6749 section 5.1). Text, because a repeated answer must be the same bytes. */
export const tokenResponse = (issued: {
  readonly accessToken: IssuedAccessToken;
  readonly refreshToken: RefreshToken | undefined;
  readonly scope: string;
  /** For a token exchange (RFC 8693 section 2.2.1). */
  readonly issuedTokenType?: string;
}): Secret<string> =>
  Secret.of(
    JSON.stringify({
      access_token: issued.accessToken.token.reveal(),
      issued_token_type: issued.issuedTokenType,
      token_type: "Bearer",
      expires_in: issued.accessToken.expiresInSeconds,
      refresh_token: issued.refreshToken?.text.reveal(),
      scope: issued.scope,
    }),
  );
