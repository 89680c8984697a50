/** Every grant type that the token endpoint knows. Which of them a client may use, its registration says. */
export const grantTypes = [
  "authorization_code",
  "refresh_token",
  "client_credentials",
  "urn:ietf:params:oauth:grant-type:token-exchange",
  "urn:ietf:params:oauth:grant-type:jwt-bearer",
] as const;
export type GrantType = (typeof grantTypes)[number];
