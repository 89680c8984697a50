import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest;
const packages = [...["libs", "services"].flatMap((place) => readdirSync(join(root, place)).map((name) => join(place, name))), "e2e"];

/** Packages of this repository that the files of one import. */
const imported = (folder: string): readonly string[] => {
  const { name } = manifestOf(folder);
  const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts") && !file.includes("node_modules"));
  const found = files.flatMap((file) => [...readFileSync(join(root, folder, file), "utf8").matchAll(/from "(@mcp-auth-proxy\/[a-z-]+)/g)].map(([, other = ""]) => other));
  return [...new Set(found)].filter((other) => other !== name).toSorted();
};

// Otherwise nx would answer for a package from its cache although something that it imports has changed.
it.each(packages)("%s declares every package of ours that it imports, and no other", (folder) => {
  const { dependencies, devDependencies } = manifestOf(folder);
  const declared = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => name.startsWith("@mcp-auth-proxy/"));
  expect(declared.toSorted()).toEqual(imported(folder));
});

it("sees imports at all", () => {
  expect(imported("services/standalone").length).toBeGreaterThan(5);
});
