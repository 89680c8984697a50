import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { EnvFile } from "./env-file.ts";
import { isErrno } from "./errno.ts";
import { nearMiss } from "./near-miss.ts";
import type { GivenFlag } from "./read-flags.ts";
import type { Setting } from "./setting.ts";
import { environmentNames } from "./settings/all.ts";

/** A value as it was given, and where: `shown` is how a sentence names the setting, `PORT (in .env)` or `--port`. */
export interface RawValue {
  readonly text: string;
  readonly shown: string;
  readonly fromFlag: boolean;
}

interface Layer {
  readonly shown: (name: string) => string;
  readonly isFlags: boolean;
  readonly values: ReadonlyMap<string, string>;
}

/** Everything that was given, strongest first: flags, environment, the file of settings. */
export interface Sources {
  readonly layers: readonly Layer[];
  /** Relative paths of NAME_FILE start here. */
  readonly folder: string;
}

const maxSecretBytes = 64 * 1024;

/** An empty variable counts as none: compose files pass one for whatever is not set. */
const ofOurs = (values: Readonly<Record<string, string | undefined>>): ReadonlyMap<string, string> =>
  new Map(environmentNames.flatMap((name) => (values[name] === undefined || values[name] === "" ? [] : [[name, values[name]] as const])));

export const gatherSources = (
  flags: readonly GivenFlag[],
  environment: Readonly<Record<string, string | undefined>>,
  envFile: EnvFile | undefined,
  folder: string,
): Sources => {
  const flagNames = new Map(flags.map((given) => [given.name, given.flag]));
  return {
    folder,
    layers: [
      { isFlags: true, shown: (name) => flagNames.get(name) ?? name, values: new Map(flags.map((given) => [given.name, given.value])) },
      { isFlags: false, shown: (name) => name, values: ofOurs(environment) },
      ...(envFile === undefined ? [] : [{ isFlags: false, shown: (name: string) => `${name} (in ${envFile.path})`, values: ofOurs(envFile.values) }]),
    ],
  };
};

/** Values that a shell was meant to run: nothing runs them here, and the text itself would become the secret. */
export const shellLines = ({ layers }: Sources): readonly string[] =>
  layers.flatMap((layer) =>
    [...layer.values]
      .filter(([, value]) => value.trimStart().startsWith("$("))
      .map(([name]) => `${layer.shown(name)} starts with "$(", a line for a shell that nothing runs here: put its output there`),
  );

/** Names that are one slip away from one of ours, and would be missed silently. */
export const misspelt = (environment: Readonly<Record<string, string | undefined>>, envFile: EnvFile | undefined): readonly string[] =>
  [...new Set([...Object.keys(environment), ...Object.keys(envFile?.values ?? {})])].flatMap((name) => {
    const meant = nearMiss(name, environmentNames);
    return meant === undefined ? [] : [`${name} is not a setting and has no effect; did you mean ${meant}?`];
  });

/** Files that hold secrets and were named, the weaker layers' too: none of them may be served. */
export const secretFiles = (sources: Sources): readonly { readonly setting: string; readonly path: string }[] =>
  sources.layers.flatMap((layer) =>
    [...layer.values].flatMap(([name, value]) => (name.endsWith("_FILE") && name !== "ENV_FILE" ? [{ setting: name, path: resolve(sources.folder, value) }] : [])),
  );

type Read = { readonly value?: RawValue; readonly problem?: string };

const readSecretFile = (sources: Sources, shown: string, file: string): Read => {
  const path = resolve(sources.folder, file);
  try {
    if (statSync(path).size > maxSecretBytes) return { problem: `${shown} names a file larger than the 64 KiB that a secret may have` };
    const text = readFileSync(path, "utf8").replace(/\r?\n$/, "");
    return text === "" ? { problem: `${shown} names an empty file` } : { value: { text, shown, fromFlag: false } };
  } catch (cause) {
    return { problem: `${shown} names ${JSON.stringify(file)}, which can not be read (${isErrno(cause) ? cause.code : "unknown error"})` };
  }
};

/** The strongest value of a setting. Two in one place contradict each other. */
export const readRaw = (row: Setting, sources: Sources): Read => {
  const names = [row.name, ...row.aliases];
  for (const layer of sources.layers) {
    const plain = names.filter((name) => layer.values.has(name));
    const files = row.isSecret ? names.map((name) => `${name}_FILE`).filter((name) => layer.values.has(name)) : [];
    const [first, second] = [...plain, ...files];
    if (first === undefined) continue;
    const value = layer.values.get(first) ?? "";
    if (second !== undefined && (files.length > 0 || layer.values.get(second) !== value))
      return { problem: `${layer.shown(first)} and ${layer.shown(second)} are both given: keep one` };
    if (files.includes(first)) return readSecretFile(sources, layer.shown(first), value);
    return { value: { text: value, shown: layer.shown(first), fromFlag: layer.isFlags } };
  }
  return {};
};
