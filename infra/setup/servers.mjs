// The tests run on real databases, which they start themselves. This finds the programs, or installs Debian's when it may.
import { findOnPath, findPostgres, installDebian, mayInstall } from "./debian.mjs";

/**
 * @typedef {object} Server
 * @property {string} name as people call it
 * @property {string} debian the package
 * @property {string} variable names one that runs, and then no program is needed
 * @property {string} example
 * @property {() => string | undefined} find
 */

/** @type {readonly Server[]} */
const servers = [
  {
    name: "PostgreSQL",
    debian: "postgresql",
    variable: "TEST_DATABASE_URL",
    example: "postgresql://user:password@localhost:5432/postgres (a role that may create databases, a server that nothing else writes to)",
    find: () => findPostgres(),
  },
  { name: "Redis", debian: "redis-server", variable: "TEST_REDIS_URL", example: "redis://localhost:6379/9", find: () => findOnPath(["redis-server"]) },
];

const missingServers = () => servers.filter(({ variable, find }) => (process.env[variable] ?? "") === "" && find() === undefined);

const complaint = (/** @type {readonly Server[]} */ missing) =>
  [
    `${missing.map(({ name }) => name).join(" and ")} ${missing.length === 1 ? "is" : "are"} missing: the tests run on real servers.`,
    `Install (Debian, Ubuntu: apt-get install ${missing.map(({ debian }) => debian).join(" ")}), or name what runs:`,
    ...missing.map(({ variable, example }) => `  ${variable}=${example}`),
  ].join("\n");

/** Makes sure that the servers of the tests are there; throws an error that says what is missing and how to point at running ones. */
export const ensureServers = async () => {
  const missing = missingServers();
  if (missing.length === 0) return;
  if (!mayInstall()) throw new Error(complaint(missing));
  await installDebian(missing.map(({ debian }) => debian));
  const still = missingServers();
  if (still.length > 0) throw new Error(complaint(still));
};
