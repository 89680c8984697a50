import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { parseEnv } from "node:util";
import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { isErrno } from "./errno.ts";

/** A file of settings and what it holds. */
export interface EnvFile {
  readonly path: string;
  readonly values: Readonly<Record<string, string | undefined>>;
}

const maxBytes = 1024 * 1024;

/**
 * Reads the file of settings: the named one, which has to be there, or `.env` in the caller's folder, which need not.
 * Answers undefined where there is none to read.
 */
export const readEnvFile = (folder: string, named: string | undefined): Result<EnvFile | undefined, string> => {
  if (named === "none") return ok(undefined);
  const path = resolve(folder, named ?? ".env");
  try {
    const { size, mode } = statSync(path);
    // Python's tools call a folder `.env`.
    if (named === undefined && (mode & 0o170000) === 0o040000) return ok(undefined);
    if (size > maxBytes) return err(`${path} is larger than the 1 MiB that a file of settings may have`);
    return ok({ path, values: parseEnv(readFileSync(path, "utf8")) });
  } catch (cause) {
    if (named === undefined && isErrno(cause, "ENOENT")) return ok(undefined);
    return err(`${path} can not be read (${isErrno(cause) ? cause.code : "unknown error"}); ENV_FILE takes a file, or none`);
  }
};
