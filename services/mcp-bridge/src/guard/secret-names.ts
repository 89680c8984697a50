const secretWords: ReadonlySet<string> = new Set([
  "password", "passwd", "passphrase", "passcode", "secret", "secrets", "credential", "credentials", "authorization", "bearer", "cookie", "apikey", "jwt", "otp",
]);
/** Two words that only together name a secret. */
const secretPairs: ReadonlySet<string> = new Set(["api key", "access key", "private key", "secret key", "signing key", "encryption key", "session id"]);
/** A token after one of these is a place in a list or a name for a request. */
const harmlessTokens: ReadonlySet<string> = new Set(["page", "next", "continuation", "cursor", "progress", "sync"]);

/** Whether a parameter of this name probably holds a secret: `apiKey`, `access_token`, `X-Password`. */
export const namesSecret = (name: string): boolean => {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.toLowerCase());
  return words.some((word, at) => {
    const before = words[at - 1] ?? "";
    if (secretWords.has(word) || secretPairs.has(`${before} ${word}`)) return true;
    return word === "token" && !harmlessTokens.has(before);
  });
};
