import { expect } from "vitest";

export const bytes = (text: string): Uint8Array => Buffer.from(text, "utf8");
export const text = (payload: Uint8Array): string => Buffer.from(payload).toString("utf8");

/** Waits for what must come; the limit only bounds a failing run. */
export const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 10_000, interval: 5 });
