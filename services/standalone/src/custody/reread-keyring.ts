import { AppError } from "@mcp-auth-proxy/contracts";
import type { Keyring, Secret } from "@mcp-auth-proxy/crypto";
import type { DataFiles } from "../data/data-directory.ts";
import { StartError } from "../start-error.ts";
import { openKeyring } from "./encryption-secret.ts";

/** The keyring as it is configured now: files may have changed since the start. Throws AppError `refused` for one that can not be used. */
export const rereadKeyring = (files: DataFiles, readSecret: () => Secret<string> | undefined): Keyring => {
  try {
    return openKeyring(files, readSecret());
  } catch (cause) {
    if (!(cause instanceof StartError)) throw cause;
    throw new AppError("refused", cause.lines.join("; "), cause);
  }
};
