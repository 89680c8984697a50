/**
 * Why a token was not accepted, as far as a client may know (RFC 6750 section 3.1). Which check failed is in our
 * log only: it would help nobody but somebody who forges tokens.
 */
export type Challenge = "no_token" | "invalid_token" | "insufficient_scope";

/** What every token needs. */
export const baselineScope = "mcp-access";

const descriptions = {
  invalid_token: "The access token is not valid here.",
  insufficient_scope: "The access token does not allow this.",
} as const;

/** The WWW-Authenticate header (RFC 6750 section 3, RFC 9728 section 5.1). Without a token there is no `error`. */
export const challengeHeader = (challenge: Challenge, metadataUrl: string): string => {
  const where = `resource_metadata="${metadataUrl}", scope="${baselineScope}"`;
  if (challenge === "no_token") return `Bearer ${where}`;
  return `Bearer error="${challenge}", error_description="${descriptions[challenge]}", ${where}`;
};
