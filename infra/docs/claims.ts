/** A file that a page names, with the text that it says is in it. */
export interface FileClaim {
  readonly path: string;
  readonly quote?: string;
}

/** The files of this repository that a page names, each with the “quote” right behind it. */
export const fileClaims = (page: string): readonly FileClaim[] =>
  [...page.matchAll(/`((?:e2e|libs|services|infra|docs)\/[\w./-]+)`(?: “([^”]+)”)?/g)].map(([, path = "", quote]) => ({
    path,
    ...(quote === undefined ? {} : { quote }),
  }));

/** The log messages that a page says the gateway writes: log: “…”. */
export const logClaims = (page: string): readonly string[] => [...page.matchAll(/log: “([^”]+)”/g)].map(([, message = ""]) => message);

/** The rows of every threat table: a threat in bold, where it is met, its tests, what the operator does. */
export const threatRows = (page: string): readonly (readonly string[])[] =>
  page
    .split("\n")
    .filter((line) => line.startsWith("| **"))
    .map((line) => line.slice(1, -1).split(" | ").map((cell) => cell.trim()));

/** Links of a page to other pages and headings, as they are written. */
export const links = (page: string): readonly string[] => [...page.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target).filter((target) => !/^[a-z]+:/.test(target));

/** The name under which a heading is linked to. */
export const anchors = (page: string): readonly string[] =>
  [...page.matchAll(/^#+ (.+)$/gm)].map(([, text = ""]) => text.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-"));

/** The first cells of every table of a page, which may name several things. */
export const firstCells = (page: string): readonly string[] =>
  [...page.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = ""]) => cell.split(", ").map((name) => name.trim()));

/** One example of the guide: where it stands, what it is, whether it works here, and how. */
export interface GuideRow {
  readonly section: string;
  readonly example: string;
  readonly state: string;
  readonly how: string;
  /** As many as the row has: a cell that holds a bar makes five of them. */
  readonly cells: number;
}

/** The rows of every table of examples, without the heads. */
export const guideRows = (page: string): readonly GuideRow[] =>
  page
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| § "))
    .map((line) => line.slice(1, -1).split(" | ").map((cell) => cell.trim()))
    .map(([section = "", example = "", state = "", how = "", ...more]) => ({ section, example, state, how, cells: 4 + more.length }));
