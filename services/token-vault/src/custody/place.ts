/** What a ciphertext is for. A text of one purpose never opens for another. */
export type Purpose = "auth-secret" | "data-key" | "sealing-key";

/** Where a secret belongs: all three are inside the plaintext, because Fernet authenticates nothing outside of it. */
export interface Place {
  readonly purpose: Purpose;
  readonly name: string;
  readonly generation: number;
}
