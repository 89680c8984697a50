import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** What this process was started with, besides its settings. */
export interface Caller {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The caller's folder: also the MCP server's. */
  readonly folder: string;
  readonly home: string;
  /** Undefined where there are no users. */
  readonly uid: number | undefined;
  /** Where this program lies. */
  readonly projectRoot: string;
}

/** The folder of this program: the nearest above this file that holds a package lock or was built into one. */
const findProjectRoot = (from: string): string => {
  if (existsSync(join(from, "package-lock.json"))) return from;
  const parent = dirname(from);
  return parent === from ? import.meta.dirname : findProjectRoot(parent);
};

/** npm runs scripts in the project's folder and says in INIT_CWD where it was called; elsewhere that variable is somebody else's. */
export const callersFolder = (environment: Readonly<Record<string, string | undefined>>, workingFolder: string, projectRoot: string): string =>
  workingFolder === projectRoot && environment["INIT_CWD"] !== undefined && environment["INIT_CWD"] !== "" ? environment["INIT_CWD"] : workingFolder;

export const thisCaller = (): Caller => {
  const projectRoot = findProjectRoot(import.meta.dirname);
  return {
    environment: process.env,
    folder: callersFolder(process.env, process.cwd(), projectRoot),
    home: homedir(),
    uid: process.getuid?.(),
    projectRoot,
  };
};

/** How the caller starts this program, for the lines that tell what to type next. */
export const programName = ({ environment }: Caller): string => (environment["npm_lifecycle_event"] === "start" ? "npm start --" : "mcp-auth-proxy");
