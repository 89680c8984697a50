import { defaultAuthLimits, defaultSession, type AuthConfig, type ClientsConfiguration, type NeededConnection, type ProtectedResource } from "@mcp-auth-proxy/auth";
import type { AccountNeed, GatewayConfig } from "@mcp-auth-proxy/config";
import { allowedUsersOf, providersOf } from "./accounts.ts";
import type { LiveServers } from "./live-servers.ts";
import type { ServedServer } from "./servers.ts";

const connectionOf = ({ provider, scopes, client }: AccountNeed, { providers }: GatewayConfig): NeededConnection | undefined => {
  const id = provider ?? providers[0]?.id;
  return id === undefined ? undefined : { provider: id, scopes, ...(client === undefined ? {} : { client }) };
};

const resourceOf = ({ definition, path, resource }: ServedServer, config: GatewayConfig): ProtectedResource => {
  const { name, account, allowedUsers: entries } = definition;
  const connection = account === undefined ? undefined : connectionOf(account, config);
  const allowedUsers = allowedUsersOf(name, entries);
  return {
    name,
    resource,
    path,
    displayName: name,
    ...(connection === undefined ? {} : { connection }),
    ...(allowedUsers === undefined ? {} : { allowedUsers }),
  };
};

/** A browser refuses `__Host-` without Secure, and Secure over http: both come with https. */
const sessionConfig = ({ externalUrl, session: { idleMs, cookieName, httpOnly, sameSite, ...given } }: GatewayConfig): AuthConfig["session"] => {
  const secure = externalUrl.secure && given.secure;
  return { ...defaultSession(secure), idleMs, cookie: { name: `${secure ? "__Host-" : ""}${cookieName}`, secure, httpOnly, sameSite } };
};

/** The policy half of the servers: what auth may know. */
export const authConfig = (config: GatewayConfig, servers: LiveServers, described: ClientsConfiguration): AuthConfig => {
  const resources = servers.view((served) => served.map((server) => ({ ...resourceOf(server, config), scopes: described.scopes })));
  return {
    issuer: config.externalUrl.base,
    get resources() {
      return resources();
    },
    ...(config.password === undefined ? {} : { password: { kind: config.password.kind, value: config.password.value } }),
    ...providersOf(config.providers, config.access, config.externalUrl.loopback),
    providerAutoSelect: config.providerAutoSelect,
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
