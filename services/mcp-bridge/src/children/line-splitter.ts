import { Gathered } from "../wire/gathered.ts";

const lineFeed = 0x0a;

export interface LineSplitter {
  push(chunk: Buffer): void;
}

/**
 * Cuts a byte stream into lines without their line feed. A line longer than `limitBytes` is never held: `onTooLong`
 * is called once and everything after it is ignored. A last line without a line feed is not a line.
 */
export const createLineSplitter = (limitBytes: number, onLine: (line: Buffer) => void, onTooLong: () => void): LineSplitter => {
  const held = new Gathered();
  let over = false;

  const fits = (part: Buffer): boolean => {
    if (held.length + part.length <= limitBytes) return true;
    over = true;
    held.take();
    onTooLong();
    return false;
  };

  /** Most lines come in one piece, and are not copied. */
  const whole = (part: Buffer): Buffer => {
    if (held.length === 0) return part;
    held.add(part);
    return held.take();
  };

  return {
    push: (chunk) => {
      let from = 0;
      for (;;) {
        if (over) return;
        const at = chunk.indexOf(lineFeed, from);
        const part = chunk.subarray(from, at === -1 ? undefined : at);
        if (!fits(part)) return;
        if (at === -1) {
          held.add(part);
          return;
        }
        onLine(whole(part));
        from = at + 1;
      }
    },
  };
};
