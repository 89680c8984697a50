import type { Setting } from "../setting.ts";
import type { ValueReader } from "../value-reader.ts";

/** Says that a provider's settings have no effect without the one that turns it on. */
export const complainOfRest = ({ shown, problem }: ValueReader, rows: readonly Setting[], needed: string): void => {
  const [first] = rows.flatMap((row) => shown(row) ?? []);
  if (first !== undefined) problem(`${first} is set and ${needed} is not: sign-in with this provider takes both`);
};
