import type { Result } from "@mcp-auth-proxy/contracts";

/** What becomes of a setting that this version does not act on yet. */
export interface Later {
  /** `refuse` where ignoring it could let somebody in or show something; else `warn`. */
  readonly treat: "refuse" | "warn";
  /** A sentence that goes on after "NAME …". */
  readonly because: string;
  /** Values that ask for what happens anyway. Lower case. */
  readonly harmless?: readonly string[];
}

/** One row of the table that flags, environment, help and documentation are made of. */
export interface Setting<T = unknown> {
  /** The environment variable. The flag is the same words, unless `flag` says others: EXTERNAL_URL and --external-url. */
  readonly name: string;
  readonly flag?: string;
  /** Other environment variables that mean the same. */
  readonly aliases: readonly string[];
  /** A switch is given without a value on the command line: `--tls`. */
  readonly isSwitch: boolean;
  /** Secrets are never shown, and also read from the file that NAME_FILE names. */
  readonly isSecret: boolean;
  /** A secret on the command line is seen by everyone who can run `ps`; only some are taken from there at all. */
  readonly hasFlag: boolean;
  /** Ends the sentence "it takes …". */
  readonly takes: string;
  /** As the documentation shows it. */
  readonly fallback: string;
  readonly doc: string;
  readonly later?: Later;
  readonly parse: (text: string) => Result<T, "malformed">;
}

export type SettingRow<T> = Pick<Setting<T>, "name" | "fallback" | "doc"> & Partial<Omit<Setting<T>, "name" | "fallback" | "doc" | "parse" | "takes">>;

/** How a kind of value is read, and how a sentence names it. */
export interface ValueKind<T> {
  readonly takes: string;
  readonly isSwitch?: boolean;
  readonly parse: (text: string) => Result<T, "malformed">;
}

export const setting = <T>(kind: ValueKind<T>, row: SettingRow<T>): Setting<T> => ({
  aliases: [],
  isSwitch: kind.isSwitch ?? false,
  isSecret: false,
  hasFlag: true,
  takes: kind.takes,
  parse: kind.parse,
  ...row,
});

/** `ACCESS_TOKEN_TTL` → `--access-token-ttl` */
export const flagFor = (name: string): string => `--${name.toLowerCase().replaceAll("_", "-")}`;

export const flagOf = (row: Setting): string => row.flag ?? flagFor(row.name);
