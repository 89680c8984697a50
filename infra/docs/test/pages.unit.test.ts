import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import manifest from "../../../package.json" with { type: "json" };
import { anchors, fileClaims, firstCells, guideRows, links, logClaims, threatRows } from "../claims.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const below = (folder: string, ending: string): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : below(path, ending);
    return entry.name.endsWith(ending) ? [path] : [];
  });

const pages = ["README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md", ...below("docs", ".md")].map((path) => ({ path, text: read(path) }));
const sources = [...below("libs", ".ts"), ...below("services", ".ts")].filter((path) => path.includes("/src/")).map(read).join("\n");

describe.each(pages)("$path", ({ path, text }) => {
  it("names files that are there, and quotes what they say", () => {
    const wrong = fileClaims(text).filter(({ path: named, quote }) => !existsSync(join(root, named)) || (quote !== undefined && !read(named).includes(quote)));
    expect(wrong).toEqual([]);
  });

  it("links to pages and headings that are there", () => {
    const wrong = links(text).filter((link) => {
      const [target = "", heading] = link.split("#");
      const file = target === "" ? path : relative(root, join(root, dirname(path), target));
      return !existsSync(join(root, file)) || (heading !== undefined && !anchors(read(file)).includes(heading));
    });
    expect(wrong).toEqual([]);
  });

  it("quotes log messages that the code writes", () => {
    expect(logClaims(text).filter((message) => !sources.includes(`"${message}"`))).toEqual([]);
  });
});

it("sees a page that is wrong", () => {
  const wrong = "`libs/nowhere.ts` “not there” and log: “never written”, [x](gone.md)";
  expect([fileClaims(wrong), logClaims(wrong), links(wrong)]).toEqual([[{ path: "libs/nowhere.ts", quote: "not there" }], ["never written"], ["gone.md"]]);
});

it("docs/dependencies.md has a row for every package that is declared, and for no other", () => {
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  const declared = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
  // "@mikro-orm/core, sql" names two packages of one scope.
  const short = (name: string): string => name.split("/").at(-1) ?? name;
  const named = firstCells(read("docs/dependencies.md")).filter((name) => name !== "package" && !name.startsWith("---"));
  expect(named.map(short).toSorted()).toEqual(declared.map(short).toSorted());
});

describe("docs/threat-model.md", () => {
  const rows = threatRows(read("docs/threat-model.md"));

  it.each(rows.map((row) => ({ row, threat: row[0] ?? "" })))("$threat: is met in a file and shown by a test", ({ row }) => {
    const [, met = "", tests = "", operator = ""] = row;
    expect(row).toHaveLength(4);
    expect(met).not.toBe("");
    expect(operator).not.toBe("");
    const shown = fileClaims(tests).filter(({ quote }) => quote !== undefined);
    expect(shown.length).toBeGreaterThan(0);
    for (const { path } of shown) expect(path).toMatch(/\.(?:unit|int|e2e)\.test\.ts$|\/src\/testing\//);
  });

  it("has a row for every attack that the tests name", () => {
    const named = below("e2e/security", ".test.ts").flatMap((path) => /\/([A-D]\d\d)-/.exec(path)?.[1] ?? []);
    expect(named.length).toBeGreaterThan(5);
    for (const id of named) expect(rows.some(([threat]) => threat?.includes(id)), id).toBe(true);
  });
});

describe("docs/guide-differences.md", () => {
  const rows = guideRows(read("docs/guide-differences.md"));
  const isTest = (path: string): boolean => /\.(?:unit|int|e2e)\.test\.ts$/.test(path);

  it("has rows for every section of the guide but the one on other programs", () => {
    const sections =
      "1 1.1 1.2 2.1 2.2 2.3 3.1 3.2 3.3 4.1 4.2 4.3 5.1 5.2 5.3 5.4 6.1 6.2 6.3 7.1 7.2 7.3 8.1 8.2 8.3 10.1 10.2 10.3 10.4 10.5 11.1 11.2 11.3 11.4 11.5 11.6 12 checklist FAQ".split(" ");
    expect([...new Set(rows.map(({ section }) => section))]).toEqual(sections);
  });

  it("says of every example that it works, differs or is not there yet, and how; of no two the same", () => {
    for (const row of rows) {
      expect(row, row.example).toMatchObject({ state: expect.stringMatching(/^(?:works|differs|not yet)$/), how: expect.stringMatching(/./), cells: 4 });
    }
    const examples = rows.map(({ section, example }) => `${section} ${example}`);
    expect(examples.filter((example, index) => examples.indexOf(example) !== index)).toEqual([]);
  });

  // That the file is there and has the quoted words is asked of every page.
  it("quotes a test for everything that works", () => {
    const unshown = rows.filter(({ state, how }) => state === "works" && !fileClaims(how).some(({ path, quote }) => quote !== undefined && isTest(path)));
    expect(unshown.map(({ section, example }) => `${section} ${example}`)).toEqual([]);
  });
});
