import type { CustodySql } from "./tables.ts";

/** The closed tokens of one generation: each text is `v1.<data key id>.<Fernet token>`. */
export interface TokenTexts {
  readonly access: string;
  readonly refresh?: string;
}

export interface TokenCiphertext extends TokenTexts {
  readonly credentialId: string;
  readonly generation: number;
  readonly keyId: string;
  readonly storedAt: number;
  /** When nothing of it is worth anything any more; absent where it can be refreshed, or does not expire. */
  readonly worthlessAt?: number;
}

/** A write under way, around the transaction in which the event is appended. */
export interface CiphertextWrite {
  /** Inside of the transaction. Nothing slow: embedded, everything else waits. */
  inTransaction(sql: CustodySql): Promise<void>;
  /** After the commit: what was kept before goes. Never throws: what it leaves is worth nothing and is swept later. */
  committed(): Promise<void>;
  /** Instead, when nothing was committed. Never throws. */
  abandoned(): Promise<void>;
}

/**
 * Where the ciphertexts of credentials are kept. The wrapped data keys, without which none of them opens, are always in
 * the vault's own database. The implementer's duties: what `committed` was called for, or whose transaction was committed,
 * is read until a later generation takes its place, until it is worth nothing, or until it is removed; an earlier
 * generation never takes the place of a later one; nothing of an abandoned write is read as if it counted.
 */
export interface Ciphertexts {
  /** The highest generation that was ever committed here, as far as this store knows by itself; else 0. */
  lastGeneration(credentialId: string): Promise<number>;
  /** Rejects with AppError `conflict` when a later generation is there already, `unavailable` when the store can not be reached. */
  begin(entry: TokenCiphertext): Promise<CiphertextWrite>;
  /** Of one generation: what may be it. More than one where a write was cut off: only one has its data key in the database. */
  read(credentialId: string, generation: number): Promise<readonly TokenTexts[]>;
  /** Forgets all of a credential. */
  remove(credentialId: string): Pick<CiphertextWrite, "inTransaction" | "committed">;
  /** Clears away what writes and removals that were cut off have left behind. */
  sweep(now: number): Promise<void>;
  /** Twice is safe. */
  close(): Promise<void>;
}
