/** A word as a POSIX shell would have to read it; control characters are written so that they can not reach the terminal. */
const quoteWord = (word: string): string => {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  if (!/\p{C}/u.test(word)) return `'${word.replaceAll("'", `'\\''`)}'`;
  const escaped = word.replaceAll(/[\\']/g, String.raw`\$&`).replaceAll(/\p{C}/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(""),
  );
  return `$'${escaped}'`;
};

/** A command as it could be typed again. */
export const shellQuote = (words: readonly string[]): string => words.map(quoteWord).join(" ");
