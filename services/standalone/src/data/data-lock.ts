import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { isErrno } from "../errno.ts";
import { StartError } from "../start-error.ts";
import type { DataFiles } from "./data-directory.ts";

export interface DataLock {
  /** Twice is safe. */
  release(): void;
}

/** SQLITE_BUSY (sqlite.org/rescode.html). */
const busy = 5;

const isBusy = (cause: unknown): boolean => cause instanceof Error && "errcode" in cause && cause.errcode === busy;

const holder = (file: string): string => {
  try {
    return `process ${Number(readFileSync(file, "utf8"))}`;
  } catch (cause) {
    if (isErrno(cause)) return "another process";
    throw cause;
  }
};

/**
 * Holds the data directory for this process. Node has no flock; an exclusive SQLite transaction is one, which the
 * system lets go of when the process ends in whatever way. Never open the lock file otherwise: closing it drops the lock (POSIX).
 */
export const lockData = (folder: string, files: DataFiles): DataLock => {
  closeSync(openSync(files.lock, "a", 0o600));
  const database = new DatabaseSync(files.lock, { timeout: 0 });
  try {
    database.exec("begin exclusive");
  } catch (cause) {
    database.close();
    if (!isBusy(cause)) throw cause;
    throw new StartError(1, [`DATA_PATH ${folder} is in use by ${holder(files.processId)}: stop that one first, or give this one an EXTERNAL_URL or DATA_PATH of its own`], cause);
  }
  writeFileSync(files.processId, `${process.pid}\n`, { mode: 0o600 });
  return {
    release: () => {
      if (!database.isOpen) return;
      rmSync(files.processId, { force: true });
      database.close();
    },
  };
};
