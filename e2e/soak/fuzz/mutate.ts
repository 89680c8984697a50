import type { Random } from "./random.ts";

/** Pieces that parsers disagree about, or that have meaning to somebody on the way. */
const pieces: readonly [string, ...string[]] = [
  '"', "\\", "{", "}", "[", "]", ",", ":", "null", "true", "-0", "1e999", "1E400", "0x10", "9007199254740993", "-1", "01", "1.", ".5", "NaN", "Infinity",
  "\\u0000", "\\ud800", "\\u0069d", "\u2028", "\u00a0", "\ufeff", "\r\n", "\n", "\n\n", "\r", "\t", "\u0000", "\u0001", "data: x\n\n", "/**/", "//", "'", "`", "$(id)", "%00", "../",
  '"id":1,', '"id":null,', '"method":"initialize",', '"jsonrpc":"2.0",', '"params":[],', '"result":{},', '"error":1,', '"__proto__":{"id":7},', '"constructor":1,',
  '"_meta":{"progressToken":1},', '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"},', '"requestState":"a1.x",', '"progressToken":{},',
];
const badBytes: readonly [Buffer, ...Buffer[]] = [Buffer.from([0xff]), Buffer.from([0xc0, 0x80]), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from([0xf4, 0x90, 0x80, 0x80]), Buffer.from([0xe2, 0x82])];
const oddValues: readonly [unknown, ...unknown[]] = [
  null, true, 0, -0, -1, 1.5, 1e308, 2 ** 53, "", "1", "0", "\u0000", "\ud800", "é한😀", [], {}, [[]], [null], { id: 1 }, { __proto__: null, toString: 1 }, "x".repeat(5_000),
  "notifications/cancelled", "initialize", "notifications/progress", "server/discover", "subscriptions/listen", "tools/call", "2026-07-28", "1999-01-01",
];

/** The text with a few things wrong with it, most often so that much of it is still read. The same `random`, the same outcome. */
export function mutate(text: string, random: Random): Buffer {
  if (random.chance(0.05)) return Buffer.from(text);
  let bytes = Buffer.from(random.chance(0.7) ? reshape(text, random) : text);
  const cuts = random.chance(0.6) ? 0 : 1 + random.below(3);
  for (let cut = 0; cut < cuts; cut += 1) bytes = scratch(bytes, random);
  return bytes;
}

/** Still JSON: another value or name somewhere, a member more, less or twice, or one level too many. */
function reshape(text: string, random: Random): string {
  const value: unknown = JSON.parse(text);
  const holders: Record<string, unknown>[] = [];
  const gather = (one: unknown): void => {
    if (typeof one !== "object" || one === null) return;
    holders.push(one as Record<string, unknown>);
    for (const inner of Object.values(one)) gather(inner);
  };
  gather(value);
  const [first = {}] = holders;
  const holder = holders[random.below(holders.length)] ?? first;
  const names = Object.keys(holder);
  const name = names[random.below(names.length)] ?? "id";
  switch (random.below(7)) {
    case 0:
      delete holder[name];
      break;
    case 1:
      holder[random.pick(["id", "method", "params", "result", "error", "jsonrpc", "_meta", "progressToken", "requestId", "toJSON"])] = random.pick(oddValues);
      break;
    case 2:
      return JSON.stringify(value).replace(`"${name}":`, `"${name}":${JSON.stringify(random.pick(oddValues))},"${name}":`);
    case 3: {
      const depth = random.pick([3, 255, 256, 257, 5_000]);
      const [open, close] = random.pick([["[", "]"], ['{"a":', "}"]]);
      return JSON.stringify(value).replace(/}$/, `,"deep":${open?.repeat(depth)}1${close?.repeat(depth)}}`);
    }
    case 4:
      return JSON.stringify([value, value]);
    default:
      holder[name] = random.pick(oddValues);
  }
  return JSON.stringify(value);
}

/** Bytes taken out, put in, doubled or changed anywhere. */
function scratch(bytes: Buffer, random: Random): Buffer<ArrayBuffer> {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + random.below(12));
  const [before, middle, after] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)];
  switch (random.below(6)) {
    case 0:
      return Buffer.concat([before, after]);
    case 1:
      return Buffer.concat([before, middle, middle, after]);
    case 2:
      return Buffer.concat([before]);
    case 3:
      return Buffer.concat([before, random.pick(badBytes), middle, after]);
    case 4:
      return Buffer.concat([before, Buffer.from([random.below(256)]), middle.subarray(1), after]);
    default:
      return Buffer.concat([before, Buffer.from(random.pick(pieces)), middle, after]);
  }
}
