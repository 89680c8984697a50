const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const units = [
  { unit: "day", ms: dayMs },
  { unit: "hour", ms: hourMs },
  { unit: "minute", ms: minuteMs },
] as const;

/** A duration in one unit, as people say it; rounded up, at least a minute. */
export const formatDuration = (durationMs: number, language: string): string => {
  const { unit, ms } = units.find((candidate) => durationMs >= candidate.ms) ?? { unit: "minute", ms: minuteMs };
  const count = Math.max(1, Math.ceil(durationMs / ms));
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(count);
};

/** A moment in words. Without a script nobody knows the reader's own time zone: it is UTC, and says so. */
export const formatTime = (at: number, language: string): string =>
  `${new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" }).format(at)} UTC`;

/** The time of day in UTC. Without a script nobody knows the reader's own time zone; the page says UTC with it. */
export const formatUtcTime = (at: number): string => new Date(at).toISOString().slice(11, 16);
