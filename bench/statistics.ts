export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
};

export interface Ratio {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** 95 % bootstrap interval of the median. */
  readonly low: number;
  readonly high: number;
}

/** Ratios of values that were measured in the same round: what the machine did to one, it did to the other. */
export const pairedRatio = (values: readonly number[], base: readonly number[]): Ratio => {
  const ratios = values.map((value, at) => value / (base[at] ?? Number.NaN));
  const medians = Array.from({ length: 2_000 }, () => median(ratios.map(() => ratios[Math.floor(Math.random() * ratios.length)] ?? Number.NaN)));
  const sorted = medians.toSorted((a, b) => a - b);
  return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios), low: sorted[50] ?? Number.NaN, high: sorted[1_949] ?? Number.NaN };
};

export const shuffled = <T>(values: readonly T[]): T[] =>
  values
    .map((value) => ({ value, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ value }) => value);
