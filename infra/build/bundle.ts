import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Packages that the bundle's own code never reaches: drivers of databases, and tools that ORM and logger load on demand. */
const unreached = ["@mikro-orm/seeder", "@mikro-orm/entity-generator", "@mikro-orm/migrations-mongodb", "mysql2", "pg-native", "better-sqlite3", "libsql", "tedious", "mariadb", "oracledb"];

/** Builds the gateway as one file, and a launcher (index.js) that any Node can run, into an empty folder. Answers the size in bytes. */
export const buildBundle = async (out: string): Promise<number> => {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["services/standalone/src/cli.ts"],
    outfile: join(out, "gateway.mjs"),
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    // Several dependencies are CommonJS, and call `require` for Node's own modules.
    banner: { js: 'import { createRequire as createRequireForBundle } from "node:module"; const require = createRequireForBundle(import.meta.url);' },
    external: unreached,
    legalComments: "linked",
    sourcemap: true,
    metafile: true,
    logLevel: "warning",
  });
  copyFileSync(join(root, "infra/build/launcher.mjs"), join(out, "index.js"));
  writeFileSync(join(out, "package.json"), `${JSON.stringify({ type: "module" })}\n`);
  return Math.max(...Object.entries(metafile.outputs).flatMap(([path, { bytes }]) => (path.endsWith("gateway.mjs") ? [bytes] : [])));
};

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const bytes = await buildBundle(join(root, "dist"));
  process.stderr.write(`dist/index.js is ready (dist/gateway.mjs: ${Math.round(bytes / 1024)} KiB)\n`);
}
