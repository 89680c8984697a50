// Who may import whom. Run by infra/check/boundaries.ts, which also fails when this looked at nothing.

const { existsSync, readdirSync, readFileSync } = require("node:fs");
const path = require("node:path");

/** The files that packages show to others: what `exports` of their package.json names. */
const doors = ["libs", "services"].flatMap((place) =>
  readdirSync(path.join(__dirname, place)).flatMap((name) => {
    const manifest = path.join(__dirname, place, name, "package.json");
    const shown = existsSync(manifest) ? Object.values(JSON.parse(readFileSync(manifest, "utf8")).exports ?? {}) : [];
    return shown.map((file) => `^${path.join(place, name, file).replaceAll(".", "\\.")}$`);
  }),
);

const anyTest = "(^|/)(test|e2e)/|^libs/testing/|^e2e/|^infra/";

/** Only files under one of `places` may import the packages. Tests may: they look at the product from outside. */
const fence = (name, packages, places, comment) => ({
  name: `fence-${name}`,
  comment,
  severity: "error",
  from: { pathNot: [anyTest, ...places] },
  to: { path: `(^|/)node_modules/(${packages})/` },
});

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", comment: "Neither half of a cycle can be loaded alone; types are not loaded.", from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } } },
    { name: "resolvable", severity: "error", comment: "An import that leads nowhere is checked by no other rule.", from: {}, to: { couldNotResolve: true } },
    {
      name: "contracts-stand-alone",
      severity: "error",
      comment: "Every service depends on the contracts, so they depend on nothing but their schema library.",
      from: { path: "^libs/contracts/src/" },
      to: { pathNot: "^libs/contracts/src/|(^|/)node_modules/typebox/" },
    },
    {
      name: "libs-know-no-service",
      severity: "error",
      comment: "A library that knows a service is a part of it.",
      from: { path: "^libs/" },
      to: { path: "^services/" },
    },
    {
      name: "services-stand-alone",
      severity: "error",
      comment: "Services speak over the bus; each must run in a process of its own. A test may set up the real one that its service needs.",
      from: { path: "^services/([^/]+)/", pathNot: "^services/standalone/|^services/[^/]+/test/" },
      to: { path: "^services/", pathNot: "^services/$1/" },
    },
    {
      name: "no-deep-imports",
      severity: "error",
      comment: "A package is what its public door shows (or its test kit, for tests).",
      from: { path: "^((?:libs|services)/[^/]+)/|^(?:e2e|infra)/" },
      to: { path: "^(libs|services)/", pathNot: ["^$1/", ...doors] },
    },
    {
      name: "test-kits-in-tests-only",
      severity: "error",
      comment: "What exists for tests is not shipped.",
      from: { path: "^(libs|services)/[^/]+/src/", pathNot: "^libs/testing/|^libs/[^/]+/src/testing/" },
      to: { path: "^libs/testing/|^libs/[^/]+/(src/)?testing/|^libs/[^/]+/test/|^services/[^/]+/test/" },
    },
    {
      name: "pure-rules",
      severity: "error",
      comment: "Deciders and validators are pure: contracts, the shape of a decider, and themselves.",
      from: { path: "^services/([^/]+)/src/(domain|validate)/" },
      to: {
        pathNot: [
          "^services/$1/src/(domain|validate)/",
          "^libs/contracts/src/index\\.ts$",
          "^libs/event-store/src/index\\.ts$",
          "(^|/)node_modules/typebox/",
        ],
      },
    },
    fence("nats", "@nats-io/[^/]+|nats", ["^libs/bus/src/nats/"], "One adapter speaks NATS."),
    fence("redis", "ioredis", ["^libs/kv/src/", "^services/token-vault/src/custody/"], "Redis holds nothing whose loss breaks security."),
    fence(
      "orm",
      "@mikro-orm/[^/]+",
      ["^libs/event-store/src/", "^services/[^/]+/src/(custody|read-models|projections|pending|claims|migrations)/"],
      "SQL stays where tables are owned.",
    ),
    fence("pg", "pg", ["^libs/event-store/src/"], "One pool knows when a connection has to be given up."),
    fence(
      "jose",
      "jose",
      ["^libs/crypto/src/", "^libs/access-token/src/", "^services/auth/src/tokens/"],
      "Tokens and sealed boxes are made and opened in few places.",
    ),
    fence("openid-client", "openid-client", ["^services/[^/]+/src/upstream/"], "Providers are spoken to in upstream/ only."),
    fence("mcp-sdk", "@modelcontextprotocol/[^/]+", ["^services/mcp-bridge/src/wire/"], "The gateway relays bytes; it is no SDK client."),
    fence(
      "fastify",
      "fastify|@fastify/[^/]+",
      ["^libs/http/src/", "^services/[^/]+/src/(app\\.ts$|routes/)"],
      "HTTP ends at the routes.",
    ),
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^dist/" },
    enhancedResolveOptions: {
      extensions: [".ts", ".js", ".mjs", ".cjs", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      mainFields: ["main", "types"],
    },
  },
};
