import { FernetKey, undecryptable, type Keyring, type Secret } from "@mcp-auth-proxy/crypto";
import { frame, unframe } from "./frame.ts";
import type { Place } from "./place.ts";

/** Whatever opens what the operator's keys closed. */
export type OpeningKeys = Pick<Keyring, "decrypt">;

/** What stands between a secret and the store: closes for one place, opens for the same place only. */
export interface Barrier {
  /** `at` is epoch ms and readable in the text. */
  close(place: Place, secret: Secret<Buffer>, at: number): string;
  /** Throws AppError `undecryptable`, whatever the reason. */
  open(place: Place, text: string): Secret<Buffer>;
}

const opened = (place: Place, plaintext: Buffer): Secret<Buffer> => {
  const secret = unframe(place, plaintext);
  if (secret === undefined) throw undecryptable();
  return secret;
};

/** Opens with whichever key is named in front of the text. */
export const openWithKeys = (keys: OpeningKeys, place: Place, text: string): Secret<Buffer> => opened(place, keys.decrypt(text));

/** Closes with the operator's active key, names its term in front, opens with whichever key is named. */
export const keyringBarrier = (keyring: Keyring): Barrier => ({
  close: (place, secret, at) => keyring.encrypt(frame(place, secret), at),
  open: (place, text) => openWithKeys(keyring, place, text),
});

/** Closes with one secret's own data key. */
export const dataKeyBarrier = (dataKey: Secret<Buffer>): Barrier => {
  const key = FernetKey.of(dataKey);
  return {
    close: (place, secret, at) => key.encrypt(frame(place, secret), at),
    open: (place, text) => opened(place, key.decrypt(text)),
  };
};
