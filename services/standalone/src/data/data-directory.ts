import { chmodSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "../errno.ts";
import { StartError } from "../start-error.ts";

/** Where each thing lies in the data directory. */
export interface DataFiles {
  readonly lock: string;
  readonly processId: string;
  readonly encryptionSecret: string;
  readonly operatorSocket: string;
  readonly authStore: string;
  readonly vaultStore: string;
  readonly refresherStore: string;
  readonly tlsCertificate: string;
  readonly tlsKey: string;
}

export const dataFiles = (folder: string): DataFiles => ({
  lock: join(folder, "lock"),
  processId: join(folder, "pid"),
  encryptionSecret: join(folder, "encryption-secret"),
  operatorSocket: join(folder, "operator.sock"),
  authStore: join(folder, "auth.db"),
  vaultStore: join(folder, "vault.db"),
  refresherStore: join(folder, "refresher.db"),
  tlsCertificate: join(folder, "tls-certificate.pem"),
  tlsKey: join(folder, "tls-key.pem"),
});

/** sun_path in sockaddr_un: 108 bytes on Linux, 104 on macOS, with a zero at the end. */
const longestSocketPath = 103;

const ownerOnly = 0o700;

const isOurs = (folder: string): boolean => {
  const entries = readdirSync(folder).filter((name) => name !== "lost+found");
  return entries.length === 0 || entries.includes("lock");
};

const check = (folder: string): void => {
  const { uid, mode } = statSync(folder);
  const own = process.getuid?.();
  if (own !== undefined && uid !== own) throw new StartError(2, [`DATA_PATH ${folder} belongs to another user (${uid}), who could read our keys: name a folder of your own`]);
  if ((mode & 0o077) === 0) return;
  // Somebody's documents must not become unreadable for the others because of a slip in a path.
  if (!isOurs(folder)) throw new StartError(2, [`DATA_PATH ${folder} is used for other things and others can read it: name an empty folder, or one that is not there yet`]);
  chmodSync(folder, ownerOnly);
};

/** Makes the folder of keys and databases, or checks the one that is there: ours, and closed to everybody else. */
export const prepareDataDirectory = (folder: string): DataFiles => {
  const files = dataFiles(folder);
  const length = Buffer.byteLength(files.operatorSocket);
  if (length > longestSocketPath) throw new StartError(2, [`DATA_PATH ${folder} is too long by ${length - longestSocketPath} characters for a socket in it: name a shorter one`]);
  try {
    mkdirSync(folder, { recursive: true, mode: ownerOnly });
    check(folder);
  } catch (cause) {
    if (!isErrno(cause)) throw cause;
    const reason = cause.code === "EEXIST" || cause.code === "ENOTDIR" ? "there is something that is no folder" : `the system says ${cause.code}`;
    throw new StartError(2, [`DATA_PATH ${folder} can not be used: ${reason}`], cause);
  }
  return files;
};
