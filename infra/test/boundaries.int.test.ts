import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { checkBoundaries } from "../check/boundaries.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const tree = (files: Readonly<Record<string, string>>): string => {
  const root = mkdtempSync(join(tmpdir(), "boundaries-"));
  folders.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
};

const installed = (name: string) => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, exports: "./dist/index.js" }),
  [`node_modules/${name}/dist/index.js`]: "export const x = 1;\n",
});
const leaf = "export const x = 1;\n";

it.each([
  { rule: "services-stand-alone", from: "services/auth/src/a.ts", to: "services/token-vault/src/index.ts", as: "../../token-vault/src/index.ts" },
  { rule: "libs-know-no-service", from: "libs/bus/src/a.ts", to: "services/auth/src/index.ts", as: "../../../services/auth/src/index.ts" },
  { rule: "contracts-stand-alone", from: "libs/contracts/src/a.ts", to: "libs/crypto/src/index.ts", as: "../../crypto/src/index.ts" },
  { rule: "no-deep-imports", from: "services/standalone/src/a.ts", to: "services/auth/src/routes/token.ts", as: "../../auth/src/routes/token.ts" },
  { rule: "test-kits-in-tests-only", from: "services/auth/src/a.ts", to: "libs/testing/src/index.ts", as: "../../../libs/testing/src/index.ts" },
  { rule: "pure-rules", from: "services/auth/src/domain/grant.ts", to: "services/auth/src/routes/a.ts", as: "../routes/a.ts" },
])("refuses an import that breaks $rule", async ({ rule, from, to, as }) => {
  const root = tree({ [from]: `import type { x } from "${as}";\nexport type Y = typeof x;\n`, [to]: leaf });

  expect((await checkBoundaries(root)).problems).toEqual([`${rule}: ${from} → ${to}`]);
});

it("refuses a clock from Node in a decider", async () => {
  const root = tree({ "services/auth/src/domain/grant.ts": `import { hrtime } from "node:process";\nexport const x = hrtime;\n` });

  expect((await checkBoundaries(root)).problems).toEqual(["pure-rules: services/auth/src/domain/grant.ts → process"]);
});

it.each([
  { vendor: "fastify", inside: "services/auth/src/app.ts", outside: "services/auth/src/grants/a.ts" },
  { vendor: "jose", inside: "libs/crypto/src/a.ts", outside: "services/auth/src/routes/a.ts" },
  { vendor: "ioredis", inside: "libs/kv/src/redis.ts", outside: "libs/bus/src/a.ts" },
  { vendor: "@nats-io/transport-node", inside: "libs/bus/src/nats/a.ts", outside: "libs/bus/src/a.ts" },
  { vendor: "@mikro-orm/sql", inside: "libs/event-store/src/a.ts", outside: "services/auth/src/compose.ts" },
  { vendor: "openid-client", inside: "services/auth/src/upstream/a.ts", outside: "services/auth/src/app.ts" },
  { vendor: "@modelcontextprotocol/sdk", inside: "services/mcp-bridge/src/wire/a.ts", outside: "services/mcp-bridge/src/app.ts" },
])("keeps $vendor behind its fence", async ({ vendor, inside, outside }) => {
  const text = `import { x } from "${vendor}";\nexport const y = x;\n`;

  const allowed = await checkBoundaries(tree({ ...installed(vendor), [inside]: text }));
  const refused = await checkBoundaries(tree({ ...installed(vendor), [outside]: text }));

  expect(allowed.problems).toEqual([]);
  expect(refused.problems).toHaveLength(1);
  expect(refused.problems[0]).toMatch(/^fence-/);
});

it("looks behind using and await using", async () => {
  const root = tree({
    "libs/bus/src/a.ts": `export const a = async () => {\n  await using b = (await import("../../../services/auth/src/index.ts")).x;\n  return b;\n};\n`,
    "services/auth/src/index.ts": leaf,
  });

  expect((await checkBoundaries(root)).problems).toEqual(["libs-know-no-service: libs/bus/src/a.ts → services/auth/src/index.ts"]);
});

it("refuses a cycle", async () => {
  const root = tree({
    "libs/bus/src/a.ts": `import { b } from "./b.ts";\nexport const a = () => b;\n`,
    "libs/bus/src/b.ts": `import { a } from "./a.ts";\nexport const b = () => a;\n`,
  });

  expect((await checkBoundaries(root)).problems.join("\n")).toContain("no-cycles");
});

it("lets standalone compose the services through their public doors", async () => {
  const root = tree({
    "services/standalone/src/compose.ts": `import { x } from "../../auth/src/index.ts";\nexport const y = x;\n`,
    "services/auth/src/index.ts": leaf,
  });

  expect(await checkBoundaries(root)).toEqual({ modules: 2, problems: [] });
});

it("fails when it looked at nothing", async () => {
  const root = tree({ "libs/bus/readme.txt": "" });

  expect((await checkBoundaries(root)).problems).toEqual(["no module was looked at: the check says nothing"]);
});
