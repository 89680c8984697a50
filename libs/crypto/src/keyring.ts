import { AppError } from "@mcp-auth-proxy/contracts";
import { FernetKey } from "./fernet.ts";
import { Secret } from "./secret.ts";
import { undecryptable } from "./undecryptable.ts";

const maxKeys = 16;
const prefix = "f1";

/**
 * The operator's keys: the first encrypts, all decrypt. What it writes is `f1.<term>.<Fernet token>`; the term names the
 * key, so that a missing key is told apart from a damaged text, and what an old key closed is found when it has to go.
 */
export class Keyring {
  /** Public names of the keys, the encrypting one first. */
  readonly terms: readonly string[];
  readonly activeTerm: string;
  readonly #active: FernetKey;
  readonly #keys: ReadonlyMap<string, FernetKey>;

  private constructor(active: FernetKey, keys: readonly FernetKey[]) {
    this.#active = active;
    this.#keys = new Map(keys.map((key) => [key.term, key]));
    this.activeTerm = active.term;
    this.terms = keys.map((key) => key.term);
  }

  /** One or several Fernet keys, comma separated. Throws AppError `refused`; the detail counts keys and never shows one. */
  static parse(text: string | Secret<string>): Keyring {
    const parts = (text instanceof Secret ? text.reveal() : text).split(",");
    if (parts.length > maxKeys) throw new AppError("refused", `the keyring has ${parts.length} keys, at most ${maxKeys} are read`);
    const keys = parts.map(parseKey);
    const [active] = keys;
    if (active === undefined) throw new AppError("refused", "the keyring has no key");
    if (new Set(keys.map((key) => key.term)).size !== keys.length) throw new AppError("refused", "the keyring holds a key twice");
    return new Keyring(active, keys);
  }

  /** The term of the key that closed `text`, known here or not; undefined when no keyring wrote it. */
  static termOf(text: string): string | undefined {
    return split(text)?.term;
  }

  /** `at` is epoch ms, and readable in the result without a key. */
  encrypt(plaintext: Uint8Array, at: number): string {
    return `${prefix}.${this.#active.term}.${this.#active.encrypt(plaintext, at)}`;
  }

  /** Throws AppError `undecryptable`; only the lack of the key that the text itself names is told apart, in the detail. */
  decrypt(text: string): Buffer {
    const parts = split(text);
    if (parts === undefined) throw undecryptable();
    const key = this.#keys.get(parts.term);
    if (key === undefined) throw new AppError("undecryptable", `the keyring has no key ${parts.term}`);
    return key.decrypt(parts.token);
  }
}

const split = (text: string): { term: string; token: string } | undefined => {
  const match = /^f1\.([A-Za-z0-9_-]{8})\.([A-Za-z0-9_=-]+)$/.exec(text);
  return match?.[1] === undefined || match[2] === undefined ? undefined : { term: match[1], token: match[2] };
};

const parseKey = (text: string, index: number): FernetKey => {
  try {
    return FernetKey.parse(text);
  } catch (cause) {
    const reason = cause instanceof AppError ? cause.detail : "the key can not be read";
    throw new AppError("refused", `key ${index + 1}: ${reason}`);
  }
};
