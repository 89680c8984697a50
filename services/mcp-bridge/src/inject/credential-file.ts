import { chownSync, lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChildUser } from "../config.ts";
import type { Lease } from "./lease.ts";

const prefix = "mcp-auth-proxy-credential-";

export interface CredentialFile {
  readonly path: string;
  /** Twice is safe. */
  remove(): void;
}

/**
 * Google's "authorized user" as its libraries read it, with the access token alone. The names that Python's library
 * insists on are there and empty: neither the refresh token nor our client's secret ever leaves the gateway.
 */
const authorizedUser = ({ facts, accessToken }: Lease): string => {
  const { expiresAt, scope } = facts;
  const expiry = expiresAt === undefined ? {} : { expiry_date: expiresAt, expiry: new Date(expiresAt).toISOString() };
  return JSON.stringify({
    type: "authorized_user",
    client_id: "",
    client_secret: "",
    refresh_token: "",
    access_token: accessToken.reveal(),
    token: accessToken.reveal(),
    token_type: "Bearer",
    scope,
    scopes: scope.split(" "),
    ...expiry,
  });
};

/** Writes the file into a folder of its own that nobody but the child's user can enter. Throws what the file system throws. */
export const writeCredentialFile = (lease: Lease, user: ChildUser | undefined, base: string = tmpdir()): CredentialFile => {
  // mkdtemp makes it 0700, under a name that nobody could have taken or linked before.
  const folder = mkdtempSync(join(base, `${prefix}${process.pid}-`));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const path = join(folder, "credentials.json");
    writeFileSync(path, authorizedUser(lease), { mode: 0o600, flag: "wx" });
    if (user !== undefined) {
      chownSync(path, user.uid, user.gid);
      chownSync(folder, user.uid, user.gid);
    }
    return { path, remove };
  } catch (cause) {
    remove();
    throw cause;
  }
};

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (cause) {
    // Somebody else's, who is there.
    return cause instanceof Error && "code" in cause && cause.code === "EPERM";
  }
};

/** Removes what a gateway that was killed has left behind. Those of one that still runs stay. */
export const removeLeftCredentialFiles = (owners: readonly number[], base: string = tmpdir(), isAlive: (pid: number) => boolean = isRunning): void => {
  for (const name of readdirSync(base)) {
    const pid = /^mcp-auth-proxy-credential-(\d{1,10})-/.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const folder = join(base, name);
    // Anyone may make such a name in a folder that all share: only what is ours is ours to remove.
    const facts = lstatSync(folder, { throwIfNoEntry: false });
    if (facts?.isDirectory() === true && owners.includes(facts.uid)) rmSync(folder, { recursive: true, force: true });
  }
};
