import { Type, type Static } from "typebox";
import { Value } from "typebox/value";
import type { TokenCiphertext, TokenTexts } from "../ciphertexts.ts";

const Entry = Type.Object({ access: Type.String(), refresh: Type.Optional(Type.String()), storedAt: Type.Integer() });

/** One field of a credential's hash. */
export interface StoredEntry extends TokenTexts {
  readonly field: string;
  readonly generation: number;
  readonly storedAt: number;
}

export const fieldOf = ({ generation, keyId }: Pick<TokenCiphertext, "generation" | "keyId">): string => `${generation}.${keyId}`;

export const textOf = ({ access, refresh, storedAt }: TokenCiphertext): string => JSON.stringify({ access, refresh, storedAt } satisfies { [Name in keyof Static<typeof Entry>]: unknown });

/** What a hash holds; a field that is damaged is as good as lost, and has no age. */
export const entriesIn = (hash: Readonly<Record<string, string>>): readonly StoredEntry[] =>
  Object.entries(hash).flatMap(([field, text]) => {
    const generation = Number(/^(\d{1,15})\./.exec(field)?.[1]);
    const entry = parse(text);
    if (!Number.isSafeInteger(generation)) return [];
    if (!Value.Check(Entry, entry)) return [{ field, generation, storedAt: 0, access: "" }];
    const { access, refresh, storedAt } = entry;
    return [{ field, generation, storedAt, access, ...(refresh === undefined ? {} : { refresh }) }];
  });

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
