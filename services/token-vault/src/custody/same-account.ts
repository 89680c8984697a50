/** The account at the provider that an id token is about; undefined when it does not say. */
const accountOf = (idToken: string): string | undefined => {
  const [, payload = ""] = idToken.split(".");
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    if (typeof claims !== "object" || claims === null || !("sub" in claims) || !("iss" in claims)) return undefined;
    return JSON.stringify([claims.iss, claims.sub]);
  } catch {
    // What is no JWT says nothing about an account.
    return undefined;
  }
};

/**
 * Whether two id tokens may be about one account. A person who connects with another account than before must not be
 * given the first one's refresh token where the provider sends none: the next refresh would bring the first one back.
 * Unverified: whoever could forge one had the tokens that come with it.
 */
export const mayBeSameAccount = (former: string | undefined, given: string | undefined): boolean => {
  if (former === undefined || given === undefined) return true;
  const [before, now] = [accountOf(former), accountOf(given)];
  return before === undefined || now === undefined || before === now;
};
