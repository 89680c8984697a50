/** Letters that have to be added, dropped, changed or swapped with a neighbour to get from one word to the other. */
const editDistance = (a: string, b: string): number => {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (_unused, j) => (i === 0 ? j : j === 0 ? i : 0)));
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i += 1) {
    for (let j = 1; j <= b.length; j += 1) {
      const changed = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Infinity;
      const row = rows[i];
      if (row !== undefined) row[j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, changed, swapped);
    }
  }
  return at(a.length, b.length);
};

const plain = (name: string): string =>
  name
    .toUpperCase()
    .replace(/^MCP_(AUTH_)?PROXY_/, "")
    .replaceAll(/[^A-Z0-9]/g, "");

/** Names of other programs that are near one of ours. */
const others: ReadonlySet<string> = new Set(["SSL_CERT_FILE"]);

/** How many slips a name of this length may have and still be taken for another: short words are near everything. */
const allowance = (length: number): number => (length < 6 ? 0 : length < 10 ? 1 : 2);

/** The one of `names` that `given` was most likely meant to be; undefined where it is none of them, or one of them exactly. */
export const nearMiss = (given: string, names: readonly string[]): string | undefined => {
  if (names.includes(given) || others.has(given)) return undefined;
  const word = plain(given);
  const candidates = names
    .map((name) => ({ name, distance: editDistance(word, plain(name)) }))
    .filter(({ name, distance }) => distance <= Math.min(allowance(plain(name).length), allowance(word.length)));
  return candidates.toSorted((a, b) => a.distance - b.distance)[0]?.name;
};
