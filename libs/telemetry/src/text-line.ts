type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

/** A value from outside must not move the cursor, colour the terminal or start a line that looks like ours. */
const harmless = (text: string): string => text.replaceAll(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);

const shown = (value: unknown): string =>
  harmless(typeof value === "string" && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value) ?? "");

const parsed = (line: string): Fields | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    return isFields(value) ? value : undefined;
  } catch {
    // Not our line: the caller shows it as it is.
    return undefined;
  }
};

const errorLines = (error: unknown): readonly string[] =>
  isFields(error) && typeof error["stack"] === "string" ? error["stack"].split("\n").map((line) => `    ${harmless(line.trim())}`) : [];

const errorFields = (error: unknown): Fields => {
  if (!isFields(error)) return error === undefined ? {} : { err: error };
  const { type: _type, message: _message, stack: _stack, name: _name, ...rest } = error;
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [`err.${key}`, value]));
};

/** A JSON log line as a person reads it: `08:51:29.022Z info  message key=value`, an error's stack indented below. */
export const textLine = (line: string): string => {
  const fields = parsed(line);
  if (fields === undefined) return `${harmless(line.trimEnd())}\n`;
  const { level, time, msg, err: error, ...rest } = fields;
  const pairs = Object.entries({ ...rest, ...errorFields(error) }).map(([key, value]) => `${harmless(key)}=${shown(value)}`);
  const head = [String(time).slice(11), String(level).padEnd(5), harmless(typeof msg === "string" ? msg : ""), ...pairs].join(" ");
  return `${[head, ...errorLines(error)].join("\n")}\n`;
};
