/** What a ciphertext is for. A text of one purpose never opens for another. */
export type Purpose = "auth-secret" | "data-key" | "sealing-key" | "access-token" | "refresh-token";

/** Where a secret belongs: all three are inside the plaintext, because Fernet authenticates nothing outside of it. */
export interface Place {
  readonly purpose: Purpose;
  readonly name: string;
  readonly generation: number;
}

/** Whom a data key was made for. One of a credential closes both of its tokens, each for a purpose of its own. */
export interface DataKeyOwner {
  readonly purpose: Purpose | "credential";
  readonly name: string;
  readonly generation: number;
}
