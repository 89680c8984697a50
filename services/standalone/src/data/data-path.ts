import { createHash } from "node:crypto";
import { accessSync, constants, existsSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { isErrno } from "../errno.ts";

/** What the place of the data depends on. */
export interface Places {
  /** EXTERNAL_URL: two gateways of one person have two places. */
  readonly externalUrl: string;
  readonly home: string;
  /** XDG_STATE_HOME (XDG Base Directory Specification 0.8: relative paths are to be ignored). */
  readonly stateHome?: string | undefined;
  /** The child's working directory. */
  readonly folder: string;
  readonly uid: number;
}

const nameOf = (externalUrl: string): string => createHash("sha256").update(externalUrl).digest("hex").slice(0, 16);

export const defaultDataPath = ({ externalUrl, home, stateHome }: Places): string => {
  const state = stateHome !== undefined && isAbsolute(stateHome) ? stateHome : join(home, ".local/state");
  return join(state, "mcp-auth-proxy", nameOf(externalUrl));
};

const canBeMade = (path: string): boolean => {
  if (!existsSync(path)) return dirname(path) !== path && canBeMade(dirname(path));
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch (cause) {
    if (isErrno(cause)) return false;
    throw cause;
  }
};

/** A DATA_PATH that would do: one that survives a restart of the machine, can be made, and that `isSafe` agrees with. */
export const suggestDataPath = (places: Places, isSafe: (path: string) => boolean): string | undefined => {
  const name = nameOf(places.externalUrl);
  return [
    defaultDataPath(places),
    join("/var/lib/mcp-auth-proxy", name),
    join(`/var/tmp/mcp-auth-proxy-${places.uid}`, name),
    join(dirname(places.folder), ".mcp-auth-proxy", name),
  ].find((candidate) => canBeMade(candidate) && isSafe(candidate));
};
