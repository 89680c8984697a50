import type { Behind, GatewayConfig } from "@mcp-auth-proxy/config";
import type { McpServer } from "@mcp-auth-proxy/mcp-bridge";
import { AppError, type Clock } from "@mcp-auth-proxy/contracts";
import { replaceCertificate } from "@mcp-auth-proxy/http";
import type { Log } from "@mcp-auth-proxy/telemetry";
import { createStandaloneApp, listen } from "./app.ts";
import { createCloseStack } from "./close-stack.ts";
import { startServices } from "./compose.ts";
import { readClientsFile, type DescribedClients } from "./clients-file.ts";
import { authConfig } from "./auth-config.ts";
import { bridgeConfig, bridgeServers } from "./bridge-config.ts";
import { childUser } from "./child-user.ts";
import type { Caller } from "./caller.ts";
import { LiveServers } from "./live-servers.ts";
import { refresherConfig } from "./refresher-config.ts";
import { reloadServers } from "./reload-servers.ts";
import { servedServers, type ServedServer, type ServedServers } from "./servers.ts";
import { vaultConfig } from "./vault-config.ts";
import { openKeyring, wrongKey } from "./custody/encryption-secret.ts";
import { rereadKeyring } from "./custody/reread-keyring.ts";
import { prepareDataDirectory } from "./data/data-directory.ts";
import { lockData } from "./data/data-lock.ts";
import { defaultDataPath, type Places } from "./data/data-path.ts";
import { exposedRoots, type ExposedRoot } from "./data/exposed-roots.ts";
import { servedSecrets } from "./data/served-secrets.ts";
import { openOperatorSocket } from "./operator/operator-socket.ts";
import { StartError } from "./start-error.ts";
import { openStores } from "./stores.ts";
import { openWorkFolders } from "./work-folders.ts";
import { openListenerTls, type SelfSignedFacts } from "./tls/listener-tls.ts";

/** How long requests under way, and then each service, may take to end. */
const drainMs = 10_000;
const stopMs = 5_000;

export interface RunningGateway {
  readonly dataPath: string;
  readonly served: ServedServers["served"];
  /** The certificate that the gateway made, where it made one. */
  readonly selfSigned?: SelfSignedFacts;
  /** Resolves, with the reason, when nothing may be served any more: another process has the database, or may have it soon. */
  readonly lost: Promise<string>;
  /** Refuses new work, lets what is under way end, closes everything. Twice is safe. */
  stop(): Promise<void>;
}

export const placesOf = (caller: Caller, config: Pick<GatewayConfig, "externalUrl">): Places => ({
  externalUrl: config.externalUrl.base,
  home: caller.home,
  stateHome: caller.environment["XDG_STATE_HOME"],
  folder: caller.folder,
  uid: caller.uid ?? 0,
});

/** A server behind a URL shows nothing of this machine; a process without a folder gets an empty one. */
const rootsOf = ({ definition: { transport } }: ServedServer, caller: Caller): readonly ExposedRoot[] =>
  transport.kind === "stdio" ? exposedRoots({ args: transport.args, folder: transport.cwd, home: caller.home }) : [];

/** What of ours a server would show, one line each. */
const exposureBy = (servers: readonly ServedServer[], dataPath: string, config: GatewayConfig, caller: Caller, { files }: DescribedClients): readonly string[] => {
  const roots = servers.flatMap((server) => rootsOf(server, caller));
  return servedSecrets({ dataPath, settingsFiles: [...config.settingsFiles, ...files] }, roots, placesOf(caller, config));
};

/** Where the data lies, once it is sure that the MCP server can not show it. Nothing is made before. */
const safeDataPath = (config: GatewayConfig, { served }: ServedServers, caller: Caller, described: DescribedClients): string => {
  const dataPath = config.dataPath ?? defaultDataPath(placesOf(caller, config));
  const problems = exposureBy(served, dataPath, config, caller, described);
  if (problems.length > 0) throw new StartError(2, problems);
  return dataPath;
};

/**
 * Starts everything, in an order in which nothing is reachable before it can answer. Undoes what it did when it fails.
 * `readSecret` reads AUTH_ENCRYPTION_SECRET again, for `keys rotate`; it may throw StartError.
 */
export const startGateway = async (
  config: GatewayConfig,
  behind: Behind,
  caller: Caller,
  clock: Clock,
  log: Log,
  readSecret: () => GatewayConfig["encryptionSecret"] = () => config.encryptionSecret,
): Promise<RunningGateway> => {
  const servers = servedServers(behind, config, caller);
  for (const warning of servers.warnings) log.warn(warning);
  const described = readClientsFile(config, servers.served.map(({ resource }) => resource));
  const dataPath = safeDataPath(config, servers, caller, described);
  const live = new LiveServers(servers.served);
  const auth = authConfig(config, live, described);
  const user = childUser(config.childUser, caller.uid);
  const opened = createCloseStack();
  try {
    const work = openWorkFolders(user);
    opened.add(() => work.remove());
    const transportOf = bridgeServers(config, caller, user);
    const bridgeServer = (server: ServedServer): McpServer => transportOf(work.place(server));
    const given = new Map(servers.served.map((server) => [server, bridgeServer(server)]));
    const files = prepareDataDirectory(dataPath);
    const lock = lockData(dataPath, files);
    opened.add(() => lock.release());
    const tls = config.tls === undefined ? undefined : await openListenerTls({ setting: config.tls, externalUrl: config.externalUrl, files, clock, log });
    const stores = await openStores({ config, files, clock, log });
    opened.add(() => stores.close());
    const gateway = await startServices({
      auth,
      bridge: bridgeConfig(config, [...given.values()], user),
      vault: vaultConfig(config, live),
      refresher: refresherConfig(config, live),
      keyring: openKeyring(files, config.encryptionSecret),
      readKeyring: () => rereadKeyring(files, readSecret),
      stores,
      clock,
      log,
    });
    opened.add(() => gateway.stop(stopMs));
    const { app, drain } = await createStandaloneApp({ services: gateway.services, trustedProxies: config.trustedProxies, tls: tls?.pair, log, clock });
    opened.add(async () => {
      if ((await drain.close(drainMs)) === "cut") log.warn("requests under way were cut at the end");
    });
    const operator = await openOperatorSocket(files.operatorSocket, gateway.messenger, log);
    opened.add(() => operator.close());
    await listen(app, config.listen);
    const watch = tls?.watch((pair) => replaceCertificate(app, pair));
    opened.add(() => watch?.stop());
    const { fileName } = servers;
    if (config.serversFile !== undefined && fileName !== undefined) {
      const exposes = (server: ServedServer): readonly string[] => exposureBy([server], dataPath, config, caller, described);
      const reload = reloadServers({ file: config.serversFile, fileName, config, caller, live, given, bridgeServer, exposes, bridge: gateway.bridge, log });
      opened.add(() => reload.stop());
    }
    return { dataPath, lost: stores.lost, served: servers.served, ...(tls?.selfSigned === undefined ? {} : { selfSigned: tls.selfSigned }), stop: () => opened.close() };
  } catch (cause) {
    await opened.close().catch((closing: unknown) => log.debug({ err: closing }, "closing after a failed start failed too"));
    throw cause instanceof AppError && cause.code === "undecryptable" ? wrongKey(dataPath, cause) : cause;
  }
};
