import { accessSync, chownSync, constants, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const debianFolder = "/usr/lib/postgresql";

/** Where Debian puts PostgreSQL's programs, the newest first: they are on nobody's search path. */
const postgresFolders = (): readonly string[] => {
  try {
    return readdirSync(debianFolder)
      .toSorted((one, other) => Number(other) - Number(one))
      .map((version) => join(debianFolder, version, "bin"));
  } catch {
    return [];
  }
};

/** The full path of a program that tests start; fails saying how to come by it. */
export function serverProgram(name: string, remedy: string): string {
  const found = [...(process.env.PATH ?? "").split(delimiter), ...postgresFolders()].map((folder) => join(folder, name)).find(isExecutable);
  if (found === undefined) throw new Error(`${name} is missing: ${remedy}`);
  return found;
}

/** `nobody` on every Linux: servers that refuse to run as root run as this user when the tests do. */
const nobody = 65_534;

/** The user that a server under test runs as; undefined for the one that the tests run as. */
export const serverUser = (): number | undefined => (process.getuid?.() === 0 ? nobody : undefined);

/** A temporary folder that belongs to the server's user. */
export function serverFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  const user = serverUser();
  if (user !== undefined) chownSync(folder, user, user);
  return folder;
}
