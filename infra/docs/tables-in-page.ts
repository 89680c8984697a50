/** The tables that docs/storage-schema.md describes: the heading of each names it, the first cells of the rows below its columns. */
export const tablesInPage = (page: string): ReadonlyMap<string, ReadonlySet<string>> => {
  const found = new Map<string, Set<string>>();
  let columns: Set<string> | undefined;
  for (const line of page.split("\n")) {
    const heading = /^#+ (?:`(\w+)`)?/.exec(line);
    if (heading !== null) {
      columns = heading[1] === undefined ? undefined : new Set();
      if (heading[1] !== undefined && columns !== undefined) found.set(heading[1], columns);
    }
    const column = /^\| `(\w+)` \|/.exec(line)?.[1];
    if (column !== undefined) columns?.add(column);
  }
  return found;
};
