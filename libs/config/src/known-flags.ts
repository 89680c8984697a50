import { flagFor, flagOf, type Setting } from "./setting.ts";
import { allSettings } from "./settings/all.ts";

export interface KnownFlag {
  /** The environment variable that means the same. */
  readonly name: string;
  readonly isSwitch: boolean;
  /** Why it is not taken; goes on after the flag. */
  readonly refusal?: string;
}

export type KnownFlags = ReadonlyMap<string, KnownFlag>;

const seenByAll = (name: string): string => `is not taken on the command line, where everyone sees it in the process list: set ${name} or ${name}_FILE in the environment`;

const flagsOf = (row: Setting): [string, KnownFlag][] => {
  const shared = { isSwitch: row.isSwitch, ...(row.hasFlag ? {} : { refusal: seenByAll(row.name) }) };
  return [
    [flagOf(row), { name: row.name, ...shared }],
    ...row.aliases.map((alias): [string, KnownFlag] => [flagFor(alias), { name: alias, ...shared }]),
    ...(row.isSecret ? [[`${flagOf(row)}-file`, { name: `${row.name}_FILE`, isSwitch: false }] satisfies [string, KnownFlag]] : []),
  ];
};

/** Flags that people type and that must not work: their value would show in the process list. */
const misnamedSecrets = ["google", "github", "oidc"].map((provider): [string, KnownFlag] => [
  `--${provider}-secret`,
  { name: "", isSwitch: false, refusal: seenByAll(`${provider.toUpperCase()}_CLIENT_SECRET`) },
]);

export const settingFlags: KnownFlags = new Map([...allSettings.flatMap(flagsOf), ...misnamedSecrets]);
