import { AppError } from "@mcp-auth-proxy/contracts";

const maxKeyLength = 256;
const maxValueBytes = 65_536;

/** Sizes only, never the key or the value: both may hold an address or an id. */
export const checkKey = (key: string): void => {
  if (key.length < 1 || key.length > maxKeyLength) throw new AppError("bad_request", `a key has 1 to ${maxKeyLength} characters, not ${key.length}`);
};

export const checkValue = (value: string): void => {
  const size = Buffer.byteLength(value);
  if (size > maxValueBytes) throw new AppError("bad_request", `a value has at most ${maxValueBytes} bytes, not ${size}`);
};

/** Whole milliseconds: what Redis takes for PX. */
export const checkDuration = (durationMs: number): void => {
  if (!Number.isSafeInteger(durationMs) || durationMs < 1) throw new AppError("bad_request", `a time is a whole number of milliseconds, 1 or more, not ${durationMs}`);
};
