import { existsSync, readFileSync } from "node:fs";
import { AppError } from "@mcp-auth-proxy/contracts";
import { Keyring, randomBytes, Secret } from "@mcp-auth-proxy/crypto";
import { StartError } from "../start-error.ts";
import type { DataFiles } from "../data/data-directory.ts";
import { writeDurably } from "../data/durable-file.ts";

const parse = (text: Secret<string>, named: string): Keyring => {
  try {
    return Keyring.parse(text);
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    throw new StartError(2, [`${named} holds no usable key: ${cause.detail}`], cause);
  }
};

/**
 * The keyring of this data directory: AUTH_ENCRYPTION_SECRET, and behind it the key that an earlier start without it
 * made, so that what that one closed still opens. Made at the first start; never anew where something was closed already.
 */
export const openKeyring = (files: DataFiles, given: Secret<string> | undefined): Keyring => {
  const kept = existsSync(files.encryptionSecret) ? Secret.of(readFileSync(files.encryptionSecret, "utf8").trim()) : undefined;
  if (kept !== undefined) parse(kept, files.encryptionSecret);
  if (given !== undefined) {
    const known = kept === undefined || given.reveal().split(",").some((key) => Keyring.parse(key).activeTerm === Keyring.parse(kept).activeTerm);
    return parse(known ? given : Secret.of(`${given.reveal()},${kept.reveal()}`), "AUTH_ENCRYPTION_SECRET");
  }
  if (kept !== undefined) return parse(kept, files.encryptionSecret);
  if (existsSync(files.vaultStore))
    throw new StartError(2, [
      `${files.encryptionSecret} is gone, and without it ${files.vaultStore} can not be opened: put it back or set AUTH_ENCRYPTION_SECRET (or delete the folder: everybody signs in again)`,
    ]);
  const made = Secret.of(randomBytes(32).toString("base64"));
  // What it encrypts is on disk right after.
  writeDurably(files.encryptionSecret, `${made.reveal()}\n`);
  return parse(made, files.encryptionSecret);
};

/** The keyring is a whole one, and not the one that closed what is kept. */
export const wrongKey = (dataPath: string, cause: unknown): StartError =>
  new StartError(
    1,
    [
      `AUTH_ENCRYPTION_SECRET is not the key of what DATA_PATH ${dataPath} keeps: nothing there opens with it. Set the former key (or <new>,<former> to change it); ` +
        `if that is lost, move the folder away: then everybody signs in again`,
    ],
    cause,
  );
