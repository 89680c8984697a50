import { laterSettings } from "./settings/later.ts";
import { readRaw, type Sources } from "./sources.ts";

/** What was set and is not acted on: refused where that could hurt, else warned about. Never silently ignored. */
export const laterProblems = (sources: Sources): { readonly problems: readonly string[]; readonly warnings: readonly string[] } => {
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const row of laterSettings) {
    const { value, problem } = readRaw(row, sources);
    const asks = value !== undefined && row.later?.harmless?.includes(value.text.trim().toLowerCase()) !== true;
    if (row.later === undefined || (!asks && problem === undefined)) continue;
    const line = `${value?.shown ?? row.name} ${row.later.because}`;
    (row.later.treat === "refuse" ? problems : warnings).push(line);
  }
  return { problems, warnings };
};
