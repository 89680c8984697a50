import { delimiter, join, resolve, sep } from "node:path";
import { minimalEnvironment, type ChildUser } from "@mcp-auth-proxy/mcp-bridge";

type Ambient = Readonly<Record<string, string | undefined>>;

/** Certificates that a company's network needs; they are public. */
const authorities = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"];

/** Locale categories, besides those every child gets. */
const isLocale = (name: string): boolean => /^LC_[A-Z]+$/.test(name) || name === "LANGUAGE";

/**
 * The search path as the caller has it. `npm start` puts our own programs in front of it: the server would run on our
 * Node, and find our packages' commands before its own.
 */
export const callersPath = (path: string, projectRoot: string): string =>
  path
    .split(delimiter)
    .filter((entry) => {
      const folder = resolve(entry);
      const above = folder.endsWith(join(sep, "node_modules", ".bin")) ? resolve(folder, "../..") : undefined;
      const ours = above !== undefined && (projectRoot === above || projectRoot.startsWith(above === sep ? above : above + sep));
      return entry !== "" && !ours && !folder.endsWith(`${sep}node-gyp-bin`);
    })
    .join(delimiter);

/** The whole environment of the MCP server: what a command needs to run, and none of our settings. */
export const childEnvironment = (ambient: Ambient, projectRoot: string, user: ChildUser | undefined): Readonly<Record<string, string>> => {
  const wanted = Object.entries(ambient).flatMap(([name, value]) =>
    value !== undefined && !value.startsWith("()") && (authorities.includes(name) || isLocale(name)) ? [[name, value] as const] : [],
  );
  return minimalEnvironment({ ...ambient, PATH: callersPath(ambient["PATH"] ?? "/usr/local/bin:/usr/bin:/bin", projectRoot) }, Object.fromEntries(wanted), user);
};
