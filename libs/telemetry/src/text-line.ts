/** A log line for a person: time, level, message, then the fields. */
export const textLine = (line: string): string => line;
