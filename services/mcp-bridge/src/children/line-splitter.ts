const lineFeed = 0x0a;

export interface LineSplitter {
  push(chunk: Buffer): void;
}

/**
 * Cuts a byte stream into lines without their line feed. A line longer than `limitBytes` is never held: `onTooLong`
 * is called once and everything after it is ignored. A last line without a line feed is not a line.
 */
export const createLineSplitter = (limitBytes: number, onLine: (line: Buffer) => void, onTooLong: () => void): LineSplitter => {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let over = false;

  const hold = (part: Buffer): boolean => {
    heldBytes += part.length;
    if (heldBytes > limitBytes) {
      over = true;
      held = [];
      onTooLong();
      return false;
    }
    if (part.length > 0) held.push(part);
    return true;
  };

  const release = (): Buffer => {
    const [only] = held;
    const line = held.length === 1 && only !== undefined ? only : Buffer.concat(held, heldBytes);
    held = [];
    heldBytes = 0;
    return line;
  };

  return {
    push: (chunk) => {
      let from = 0;
      for (;;) {
        if (over) return;
        const at = chunk.indexOf(lineFeed, from);
        if (!hold(chunk.subarray(from, at === -1 ? undefined : at)) || at === -1) return;
        onLine(release());
        from = at + 1;
      }
    },
  };
};
