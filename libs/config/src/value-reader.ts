import type { Setting } from "./setting.ts";
import { readRaw, type Sources } from "./sources.ts";

/** Reads settings one by one and keeps what is wrong with them, so that a start names everything at once. */
export interface ValueReader {
  /** The parsed value; undefined where none was given, or a bad one (which is then among the problems). */
  readonly read: <T>(row: Setting<T>) => T | undefined;
  /** How the given value of a setting is named in sentences; undefined where none was given. */
  readonly shown: (row: Setting) => string | undefined;
  readonly problem: (line: string) => void;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** A key that was put where its path belongs is not shown, not even its beginning. */
const shortened = (text: string): string => JSON.stringify(text.includes("-----BEGIN") ? "-----BEGIN …" : text.length > 60 ? `${text.slice(0, 60)}…` : text);

export const createValueReader = (sources: Sources): ValueReader => {
  const problems: string[] = [];
  const warnings: string[] = [];
  return {
    problems,
    warnings,
    problem: (line) => void problems.push(line),
    shown: (row) => readRaw(row, sources).value?.shown,
    read: (row) => {
      const { value, problem } = readRaw(row, sources);
      if (problem !== undefined) problems.push(problem);
      if (value === undefined) return undefined;
      if (row.isSecret && value.fromFlag) warnings.push(`${value.shown} is seen by everyone who lists the processes of this machine: ${row.name} or ${row.name}_FILE in the environment is not`);
      const parsed = value.text === "" ? undefined : row.parse(value.text);
      if (parsed?.ok === true) return parsed.value;
      problems.push(`${value.shown} ${row.isSecret ? "does not fit" : `is ${shortened(value.text)}`}: it takes ${row.takes}`);
      return undefined;
    },
  };
};
