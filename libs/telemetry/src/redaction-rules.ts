/** What stands where a secret stood. */
export const redacted = "[redacted]";

export interface ShapeRule {
  readonly name: string;
  /** A regular expression without capturing groups; letter case counts unless it says otherwise. */
  readonly pattern: string;
}

/**
 * Secrets that give themselves away by how they look, wherever they stand. No rule looks at what comes before: in a
 * JSON line a token may follow the `n` of an escaped line break.
 */
export const shapeRules: readonly ShapeRule[] = [
  { name: "our codes and tokens", pattern: "mcp_(?:at|rt|ac|cs)_[\\w-]+" },
  { name: "JWT, JWE and other encoded JSON", pattern: "eyJ[\\w-]{12,}(?:\\.[\\w-]*)*" },
  { name: "Fernet token", pattern: "gAAAA[\\w-]{16,}={0,2}" },
  { name: "our AES-GCM text", pattern: "a1\\.[\\w-]{32,}" },
  { name: "authentication scheme with its credentials", pattern: "(?i:bearer|basic|dpop|digest)(?:\\s+|%20|\\+)(?!(?:realm|error|scope|resource)\\w*=)[\\w.~+/=%-]{6,}" },
  { name: "PEM private key", pattern: "-----BEGIN [A-Z ]*PRIVATE KEY-----[^\"]*?(?:-----END [A-Z ]*PRIVATE KEY-----|(?=\")|$)" },
  { name: "user and password in a URL", pattern: "(?<=:\\/\\/)[^\\s\"\\\\/@:]{0,200}:[^\\s\"\\\\/@]{1,500}(?=@)" },
  { name: "Google tokens and client secret", pattern: "ya29\\.[\\w-]+|1\\/\\/0[\\w-]{20,}|GOCSPX-[\\w-]+" },
  { name: "GitHub tokens", pattern: "gh[pousr]_\\w{20,}|github_pat_\\w{20,}" },
  { name: "private half of a JWK", pattern: '(?<="(?:d|k|p|q|dp|dq|qi)\\\\*":\\\\*")[\\w-]{20,}' },
  { name: "password hash", pattern: "\\$(?:2[aby]|argon2(?:id|i|d)|scrypt)\\$[^\\s\"'\\\\]+" },
  { name: "bytes as JSON", pattern: '\\{\\\\*"type\\\\*":\\\\*"Buffer\\\\*",\\\\*"data\\\\*":\\[[\\d,]*\\]\\}|\\{\\\\*"0\\\\*":\\d{1,3}(?:,\\\\*"\\d+\\\\*":\\d{1,3})*\\}' },
  { name: "bytes as Node shows them", pattern: "<Buffer(?: [0-9a-f]{2})+|Uint8Array\\(\\d+\\) \\[[\\d,\\s\\\\n.a-z]*" },
];

/** A field, parameter or header whose name ends in one of these holds a secret. */
export const secretEndings: readonly string[] = [
  "token", "secret", "password", "passwd", "passphrase", "verifier", "challenge", "assertion", "csrf", "jwt",
  "(?:auth|authorization|oauth|device|user)[_-]?code", "(?:auth|oauth)[_-]?state",
  "session[_-]?id", "api[_-]?key", "private[_-]?key", "encryption[_-]?key",
];

/** Short names that only count alone (`code`, but not `exitCode`) or after `_`, `-` or `.`. */
export const secretNames: readonly string[] = ["code", "state", "session", "nonce", "otp"];

/** Names whose value, written as text, runs to the end of the line. */
export const headerEndings: readonly string[] = ["cookie", "authorization"];

const nodeCode = /^(?:E[A-Z]{3,15}|(?:ERR|FST|UND|SQLITE|CERT)_[A-Z_]{2,60})$/;
const wordCode = /^[a-z]{2,20}(?:_[a-z]{2,20}){1,4}$/;
const singleWords: ReadonlySet<string> = new Set(["conflict", "refused", "undecryptable", "timeout", "unavailable", "internal"]);

/** `code` also names error codes, which a log must show. They are words; what a provider hands out is not. */
export const isErrorCode = (value: string): boolean => singleWords.has(value) || nodeCode.test(value) || wordCode.test(value);
