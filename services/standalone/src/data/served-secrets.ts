import { existsSync } from "node:fs";
import type { SettingsFile } from "@mcp-auth-proxy/config";
import { suggestDataPath, type Places } from "./data-path.ts";
import type { ExposedRoot } from "./exposed-roots.ts";
import { liesWithin } from "./real-path.ts";

export interface OurPlaces {
  readonly dataPath: string;
  readonly settingsFiles: readonly SettingsFile[];
}

const overlap = (path: string, roots: readonly ExposedRoot[]): ExposedRoot | undefined =>
  roots.find((root) => liesWithin(path, root.path) || liesWithin(root.path, path));

const dataPathProblem = (dataPath: string, roots: readonly ExposedRoot[], places: Places): readonly string[] => {
  const root = overlap(dataPath, roots);
  if (root === undefined) return [];
  const better = suggestDataPath(places, (candidate) => overlap(candidate, roots) === undefined);
  const advice = better === undefined ? "Serve a smaller folder" : `Set DATA_PATH=${better}, or serve a smaller folder`;
  return [`DATA_PATH ${dataPath} overlaps with what the MCP server may show (${root.named}), and it holds our keys. ${advice}`];
};

const fileProblem = ({ setting, path }: SettingsFile, roots: readonly ExposedRoot[]): readonly string[] => {
  const root = roots.find((each) => liesWithin(path, each.path));
  if (root === undefined) return [];
  const advice =
    setting === ".env" ? "Move it elsewhere and name it with --env-file, or start with --env-file none if it is not ours" : `Move the file elsewhere and let ${setting} name it there`;
  return [`${setting === ".env" ? path : `${setting} names ${path}, which`} lies inside of what the MCP server may show (${root.named}). ${advice}`];
};

/** The kernel's view of this process: its environment and memory hold every secret, for whoever runs as the same user. */
const processFiles = "/proc";

const processProblem = (roots: readonly ExposedRoot[]): readonly string[] => {
  const root = existsSync(processFiles) ? roots.find((each) => liesWithin(each.path, processFiles)) : undefined;
  return root === undefined ? [] : [`the MCP server may show ${processFiles} (${root.named}), and with it this process's environment. Serve another folder`];
};

/** Why what is served would show our keys: one sentence each, with what to change. None: it does not. */
export const servedSecrets = (ours: OurPlaces, roots: readonly ExposedRoot[], places: Places): readonly string[] => [
  ...dataPathProblem(ours.dataPath, roots, places),
  ...ours.settingsFiles.flatMap((file) => fileProblem(file, roots)),
  ...processProblem(roots),
];
