import { readFileSync } from "node:fs";
import { defaultAuthLimits, defaultSession, type AuthConfig, type ClientsConfiguration } from "@mcp-auth-proxy/auth";
import type { GatewayConfig, ServerCommand } from "@mcp-auth-proxy/config";
import { defaultBridgeLimits, findChildUser, type BridgeConfig, type ChildUser } from "@mcp-auth-proxy/mcp-bridge";
import { defaultRefreshThresholdMs, type TokenVaultConfig } from "@mcp-auth-proxy/token-vault";
import { childEnvironment } from "./child-environment.ts";
import { serverName } from "./server-name.ts";
import { StartError } from "./start-error.ts";

/** What this process was started with, besides its settings. */
export interface Caller {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The caller's folder: also the MCP server's. */
  readonly folder: string;
  readonly home: string;
  /** Undefined where there are no users. */
  readonly uid: number | undefined;
  /** Where this program lies. */
  readonly projectRoot: string;
}

const endpointPath = "/mcp";

/** The audience of every token, and what clients are pointed to. */
export const mcpUrl = ({ externalUrl }: Pick<GatewayConfig, "externalUrl">): string => `${externalUrl.base}${endpointPath}`;

/** A browser refuses `__Host-` without Secure, and Secure over http: both come with https. */
const sessionConfig = ({ externalUrl, session: { idleMs, cookieName, httpOnly, sameSite, ...given } }: GatewayConfig): AuthConfig["session"] => {
  const secure = externalUrl.secure && given.secure;
  return { ...defaultSession(secure), idleMs, cookie: { name: `${secure ? "__Host-" : ""}${cookieName}`, secure, httpOnly, sameSite } };
};

/** The policy half of the server: what auth may know. */
export const authConfig = (config: GatewayConfig, command: ServerCommand, described: ClientsConfiguration): AuthConfig => {
  const name = serverName(command);
  return {
    issuer: config.externalUrl.base,
    resources: [{ name, resource: mcpUrl(config), path: endpointPath, displayName: name, scopes: described.scopes }],
    password: { kind: config.password.kind, value: config.password.value },
    providers: [],
    providerAutoSelect: true,
    allowed: [],
    ...config.tokens,
    clientRegistration: config.clients.registration,
    clientIdMetadata: config.clients.idMetadata,
    clients: described.clients,
    idJagIssuers: described.idJagIssuers,
    clientRedirectSchemes: config.clients.redirectSchemes,
    pkce: config.pkce,
    secureCookies: config.externalUrl.secure,
    session: sessionConfig(config),
    csrf: config.csrf,
    limits: defaultAuthLimits,
  };
};

/** CHILD_USER as the system knows it. Only root can run something as another user. */
export const childUser = (name: string | undefined, uid: number | undefined, passwdFile = "/etc/passwd"): ChildUser | undefined => {
  if (name === undefined) return undefined;
  if (uid !== 0) throw new StartError(2, [`CHILD_USER is ${name}, and only root can run the MCP server as another user: leave it out, or start as root`]);
  const found = findChildUser(name, readFileSync(passwdFile, "utf8"));
  if (!found.ok) throw new StartError(2, [`CHILD_USER is ${name}: it takes the name or number of a user of this machine`]);
  if (found.value.uid === 0) throw new StartError(2, [`CHILD_USER is ${name}, which is root itself: name a user with fewer rights`]);
  return found.value;
};

/** What the vault must know to tell a living caller. */
export const vaultConfig = (config: GatewayConfig): TokenVaultConfig => {
  const resources = [mcpUrl(config)];
  return { issuer: config.externalUrl.base, resources: () => resources, refreshThresholdMs: defaultRefreshThresholdMs };
};

/** The transport half of the server: what never leaves the bridge. */
export const bridgeConfig = (config: GatewayConfig, [command, ...args]: ServerCommand, caller: Caller): BridgeConfig => {
  const user = childUser(config.childUser, caller.uid);
  return {
    externalUrl: config.externalUrl.base,
    servers: [
      {
        name: serverName([command, ...args]),
        path: endpointPath,
        resource: mcpUrl(config),
        command,
        args,
        cwd: caller.folder,
        env: childEnvironment(caller.environment, caller.projectRoot, user),
        ...config.server,
      },
    ],
    corsOrigins: config.corsOrigins,
    ...(user === undefined ? {} : { childUser: user }),
    limits: defaultBridgeLimits,
  };
};
