import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  FormRobot,
  freePort,
  Gateway,
  gatewayFolders,
  jsonObject,
  McpSession,
  type OidcProvider,
  type OidcProviderOptions,
  type SignedIn,
  signIn,
  startOidcProvider,
  startUpstreamMcpServer,
  type UpstreamMcpServer,
  whoamiServer,
} from "@mcp-auth-proxy/testing";

type Environment = Readonly<Record<string, string | undefined>>;

/** The gateway as its provider knows it. */
export const providerClient = { clientId: "gateway", clientSecret: "a client secret of the gateway" };

export interface AccountsGatewayOptions {
  readonly provider?: Partial<OidcProviderOptions>;
  /** Put over the gateway's own; undefined takes a variable away. */
  readonly environment?: Environment;
}

export type ServerName = "notes" | "mail";

/**
 * A gateway whose people sign in at an OpenID provider, "Company". Behind it are `notes`, which is reached over HTTP and gets the
 * caller's token in a header, and `mail`, a process that gets it in a variable.
 */
export interface AccountsGateway extends AsyncDisposable {
  readonly base: string;
  readonly oidc: OidcProvider;
  readonly notes: UpstreamMcpServer;
  /** The process of the moment. */
  readonly gateway: Gateway;
  mcpUrl(server: ServerName): string;
  /** A person with a new client, or in a browser that may know them already. */
  signIn(person: string, server?: ServerName, robot?: FormRobot): Promise<SignedIn>;
  /** Kills the process and starts another on the same data, with another environment. */
  restart(environment: Environment): Promise<void>;
}

export async function startAccountsGateway({ provider = {}, environment = {} }: AccountsGatewayOptions = {}): Promise<AccountsGateway> {
  await using starting = new AsyncDisposableStack();
  const port = await freePort();
  const base = `http://localhost:${port}`;
  const redirectUris = [`${base}/auth/callback`];
  const oidc = starting.use(await startOidcProvider({ clients: [{ ...providerClient, redirectUris }], ...provider }));
  const notes = starting.use(await startUpstreamMcpServer({ userinfo: oidc.endpoints.userinfo }));
  const folders = gatewayFolders();
  const file = join(folders.root, "config", "mcp_servers.json");
  mkdirSync(join(folders.root, "config"));
  const [command = "", ...args] = whoamiServer(oidc.endpoints.userinfo, { env: "MAIL_TOKEN" });
  const account = { tier: 2, oauth_provider: "oidc", scopes: ["openid", "offline_access"] };
  const servers = [
    { name: "notes", type: "http", url: notes.url, ...account },
    { name: "mail", command, args, ...account, inject: { env: { MAIL_TOKEN: "${access_token}" } } },
  ];
  writeFileSync(file, JSON.stringify({ servers }));
  const own = {
    PASSWORD: undefined,
    MCP_SERVERS_CONFIG: file,
    OIDC_ISSUER: oidc.issuer,
    OIDC_CLIENT_ID: providerClient.clientId,
    OIDC_CLIENT_SECRET: providerClient.clientSecret,
    OIDC_PROVIDER_NAME: "Company",
  };
  const launch = (more: Environment): Promise<Gateway> => Gateway.launch({ port, folders, command: [], environment: { ...own, ...more } });
  let gateway = await launch(environment);
  starting.defer(() => gateway[Symbol.asyncDispose]());
  const running = starting.move();
  const mcpUrl = (server: ServerName): string => `${base}/${server}/mcp`;
  return {
    base,
    oidc,
    notes,
    get gateway() {
      return gateway;
    },
    mcpUrl,
    signIn: (person, server = "notes", robot = new FormRobot()) => signIn({ mcpUrl: mcpUrl(server), password: "", person }, undefined, robot),
    restart: async (next) => {
      await gateway.kill();
      gateway = await launch(next);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Whose token it was that a server got with a call, by the word of the provider. */
export interface Whoami {
  readonly person: string;
  readonly tokenHash: string;
  /** Of a server that is a process. */
  readonly pid?: number;
}

export const whoami = async (session: McpSession): Promise<Whoami> => jsonObject(await session.callTool("whoami")) as unknown as Whoami;

/** A session of somebody who signed in at a server; fails with the gateway's words where there is none to be had. */
export async function openSession(running: AccountsGateway, { tokens }: Pick<SignedIn, "tokens">, server: ServerName = "notes", capabilities: Readonly<Record<string, unknown>> = {}): Promise<McpSession> {
  const session = new McpSession(running.mcpUrl(server), tokens.accessToken);
  const answer = await session.initialize("2025-11-25", capabilities);
  if (session.sessionId === undefined) throw new Error(`initialize answered ${answer.status}: ${answer.text.slice(0, 400)}`);
  return session;
}
