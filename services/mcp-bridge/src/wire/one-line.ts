const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * Makes a valid JSON text fit one line of stdio, in place. Inside of strings JSON allows no raw line break
 * (RFC 8259 section 7), so every one there is stands between tokens and a space says the same.
 */
export const toOneLine = (json: Buffer): Buffer => {
  for (const lineBreak of [lineFeed, carriageReturn]) {
    for (let at = json.indexOf(lineBreak); at !== -1; at = json.indexOf(lineBreak, at + 1)) json[at] = 0x20;
  }
  return json;
};
