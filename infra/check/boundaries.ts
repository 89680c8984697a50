import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import extractDepcruiseConfig from "dependency-cruiser/config-utl/extract-depcruise-config";
import { understandUsingDeclarations } from "./using-declarations.ts";

understandUsingDeclarations();

const projectRoot = fileURLToPath(new URL("../..", import.meta.url));
const places = ["libs", "services", "e2e", "infra"];
const passedOver = new Set(["node_modules", "dist"]);

const sourceFiles = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (passedOver.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return entry.name.endsWith(".ts") && !entry.name.endsWith(".d.ts") ? [path] : [];
  });

/** One line for each import that breaks a rule. */
const violations = (result: ICruiseResult): string[] =>
  result.summary.violations
    .filter((violation) => violation.rule.severity === "error")
    .map((violation) => {
      const through = violation.cycle?.map((step) => step.name).join(" → ");
      return `${violation.rule.name}: ${violation.from} → ${through ?? violation.to}`;
    });

/**
 * Checks who imports whom, below `root`. A parser that reads no TypeScript finds nothing to complain of and exits with success:
 * that is why every file has to be among those that were looked at.
 */
export const checkBoundaries = async (root: string): Promise<{ readonly modules: number; readonly problems: readonly string[] }> => {
  const config = await extractDepcruiseConfig(join(projectRoot, ".dependency-cruiser.cjs"));
  const present = places.filter((place) => readdirSync(root).includes(place));
  const { output } = await cruise(present, { ...config.options, baseDir: root, validate: true, ruleSet: { forbidden: config.forbidden ?? [] } }, config.options?.enhancedResolveOptions);
  if (typeof output === "string") throw new Error("dependency-cruiser answered text where a result was asked for");
  const seen = new Set(output.modules.map((module) => module.source));
  const unseen = present
    .flatMap((place) => sourceFiles(join(root, place)))
    .map((file) => relative(root, file))
    .filter((file) => !seen.has(file));
  const looked = output.modules.filter((module) => module.source.endsWith(".ts")).length;
  return {
    modules: looked,
    problems: [
      ...(looked === 0 ? ["no module was looked at: the check says nothing"] : []),
      ...unseen.map((file) => `not looked at: ${file}`),
      ...violations(output),
    ],
  };
};

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { modules, problems } = await checkBoundaries(projectRoot);
  for (const problem of problems) process.stderr.write(`boundaries: ${problem}\n`);
  process.stderr.write(`boundaries: ${modules} modules looked at, ${problems.length} problems\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
