import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";

const syncFolder = (path: string): void => {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
};

/** Writes a file that only its owner reads. Under its name there is a whole one or the former, also after a power cut: when this returns, it is on disk. */
export const writeDurably = (file: string, text: string): void => {
  const fresh = `${file}.new`;
  // One that was left half written may have any mode.
  rmSync(fresh, { force: true });
  const handle = openSync(fresh, "wx", 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(fresh, file);
  syncFolder(dirname(file));
};
