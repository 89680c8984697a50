import { resolve } from "node:path";
import type { Behind } from "./command-line.ts";
import { AppError, err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { Keyring, Secret } from "@mcp-auth-proxy/crypto";
import { readEnvFile, type EnvFile } from "./env-file.ts";
import { defaultRedirectSchemes, type GatewayConfig, type GatewayLocation, type PasswordSetting } from "./gateway-config.ts";
import { readAccess } from "./providers/access.ts";
import { readProviders } from "./providers/providers.ts";
import type { ProviderSetting } from "./providers/provider-setting.ts";
import { laterProblems } from "./later-problems.ts";
import { readLocation } from "./location.ts";
import { locationProblems, posture } from "./posture.ts";
import type { GivenFlag } from "./read-flags.ts";
import { environmentNames } from "./settings/all.ts";
import { gatewaySettings } from "./settings/gateway.ts";
import { providerSettings } from "./settings/providers.ts";
import { signInSettings } from "./settings/sign-in.ts";
import { upstreamSettings } from "./settings/upstream.ts";
import { gatherSources, misspelt, secretFiles, shellLines, type Sources } from "./sources.ts";
import { readServer, readUpstream } from "./read-server.ts";
import { readStorage } from "./storage.ts";
import { readTls, type TlsSetting } from "./tls.ts";
import { createValueReader, type ValueReader } from "./value-reader.ts";

/** What was given to the process. `folder` is the caller's: `.env` and relative paths belong to it. */
export interface Given {
  readonly flags: readonly GivenFlag[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  /** What the command line puts behind the gateway; a command unless given. */
  readonly behind?: Behind["kind"];
}

export interface Loaded<T> {
  readonly value: T;
  readonly warnings: readonly string[];
}

/** One line for each thing that is wrong: the setting, what it got, what it takes. */
export type Problems = readonly string[];

interface Gathered {
  readonly sources: Sources;
  readonly envFile?: EnvFile;
  readonly problems: Problems;
}

const gather = ({ flags, environment, folder }: Given): Gathered => {
  const named = flags.find((given) => given.name === gatewaySettings.envFile.name)?.value ?? environment[gatewaySettings.envFile.name];
  const read = readEnvFile(folder, named === "" ? undefined : named);
  const envFile = read.ok ? read.value : undefined;
  const sources = gatherSources(flags, environment, envFile, folder);
  return { sources, ...(envFile === undefined ? {} : { envFile }), problems: [...(read.ok ? [] : [read.error]), ...shellLines(sources)] };
};

const hashShape = /^\$(?:argon2id\$v=\d+\$[a-zA-Z0-9=,+/]+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+|2[abxy]\$\d\d\$[./A-Za-z0-9]{53})$/;

const readPassword = ({ read, shown, problem, problems }: ValueReader, providers: readonly ProviderSetting[]): PasswordSetting | undefined => {
  const problemsBefore = problems.length;
  const plain = read(signInSettings.password);
  const hash = read(signInSettings.passwordHash);
  if (problems.length > problemsBefore) return undefined;
  if (plain !== undefined && hash !== undefined) problem(`${shown(signInSettings.password)} and ${shown(signInSettings.passwordHash)} are both given: keep one`);
  else if (hash !== undefined && !hashShape.test(hash)) problem(`${shown(signInSettings.passwordHash)} does not fit: it takes ${signInSettings.passwordHash.takes}`);
  else if (plain === undefined && hash === undefined && providers.length === 0)
    problem("PASSWORD is not set: nobody could sign in. Set PASSWORD, PASSWORD_FILE or PASSWORD_HASH, or try --password <password>; or a provider (GOOGLE_CLIENT_ID, GITHUB_CLIENT_ID, OIDC_ISSUER)");
  if (hash !== undefined) return { kind: "hash", value: Secret.of(hash) };
  return plain === undefined ? undefined : { kind: "plain", value: Secret.of(plain), characters: plain.length };
};

const readEncryptionSecret = ({ read, shown, problem }: ValueReader): Secret<string> | undefined => {
  const given = read(signInSettings.encryptionSecret);
  if (given === undefined) return undefined;
  try {
    Keyring.parse(given);
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    problem(`${shown(signInSettings.encryptionSecret)} does not fit (${cause.detail}): it takes ${signInSettings.encryptionSecret.takes}`);
  }
  return Secret.of(given);
};

const tlsFiles = (tls: TlsSetting | undefined): GatewayConfig["settingsFiles"] =>
  tls?.kind === "files" ? [{ setting: "TLS_CERT", path: tls.certificate }, { setting: "TLS_KEY", path: tls.key }] : [];

/** Only a file that says something of ours was loaded; any other `.env` is the served project's own business. */
const settingsFiles = ({ sources, envFile }: Gathered, tls: TlsSetting | undefined, serversFile: string | undefined): GatewayConfig["settingsFiles"] => {
  const says = envFile !== undefined && environmentNames.some((name) => (envFile.values[name] ?? "") !== "");
  const named = secretFiles(sources);
  const ofTls = tlsFiles(tls).filter(({ path }) => named.every((other) => other.path !== path));
  return [...(says ? [{ setting: ".env", path: envFile.path }] : []), ...named, ...ofTls, ...(serversFile === undefined ? [] : [{ setting: "MCP_SERVERS_CONFIG", path: serversFile }])];
};

const sameSites = { Strict: "strict", Lax: "lax", None: "none" } as const;

interface ReadBefore {
  readonly location: GatewayLocation;
  readonly tls: TlsSetting | undefined;
  readonly providers: readonly ProviderSetting[];
  readonly password: PasswordSetting | undefined;
  readonly behind: Behind["kind"];
}

const readConfig = (reader: ValueReader, { location, tls, providers, password, behind }: ReadBefore, gathered: Gathered): GatewayConfig => {
  const { read } = reader;
  const second = 1_000;
  const encryptionSecret = readEncryptionSecret(reader);
  const childUser = read(gatewaySettings.childUser);
  const format = read(gatewaySettings.logFormat);
  const clientsConfig = read(signInSettings.clientsConfig);
  const servers = read(upstreamSettings.serversConfig);
  const serversFile = servers === undefined ? undefined : resolve(gathered.sources.folder, servers);
  return {
    ...location,
    ...(tls === undefined ? {} : { tls }),
    ...(password === undefined ? {} : { password }),
    providers,
    access: readAccess(reader),
    providerAutoSelect: read(providerSettings.noProviderAutoSelect) !== true,
    refresh: {
      thresholdMs: read(upstreamSettings.refreshThreshold) ?? 300 * second,
      maxRetries: read(upstreamSettings.refreshMaxRetries) ?? 3,
      retryDelayMs: read(upstreamSettings.refreshRetryDelay) ?? 2 * second,
    },
    ...(encryptionSecret === undefined ? {} : { encryptionSecret }),
    ...(childUser === undefined ? {} : { childUser }),
    server: readServer(reader, providers, behind),
    ...(serversFile === undefined ? {} : { serversFile }),
    upstream: readUpstream(reader),
    trustedProxies: read(gatewaySettings.trustedProxies) ?? [],
    storage: readStorage(reader, location.externalUrl),
    tokens: {
      accessTokenTtlMs: read(signInSettings.accessTokenTtl) ?? 3_600 * second,
      refreshTokenTtlMs: read(signInSettings.refreshTokenTtl) ?? 30 * 86_400 * second,
      authorizationCodeTtlMs: read(signInSettings.authorizationCodeTtl) ?? 60 * second,
      refreshReplayWindowMs: read(signInSettings.refreshReplayWindow) ?? 60 * second,
    },
    clients: {
      registration: read(signInSettings.clientRegistration) ?? true,
      idMetadata: read(signInSettings.clientIdMetadata) ?? true,
      redirectSchemes: read(signInSettings.clientRedirectSchemes) ?? defaultRedirectSchemes,
      ...(clientsConfig === undefined ? {} : { configFile: resolve(gathered.sources.folder, clientsConfig) }),
    },
    pkce: {
      required: read(signInSettings.pkceEnabled) ?? true,
      methods: read(signInSettings.pkceMethod) === "plain" ? ["S256", "plain"] : ["S256"],
    },
    csrf: { protection: read(signInSettings.csrfProtection) ?? true, bytes: read(signInSettings.csrfTokenLength) ?? 32 },
    session: {
      idleMs: read(signInSettings.sessionTimeout) ?? 3_600 * second,
      cookieName: read(signInSettings.sessionCookieName) ?? "mcp_auth_session",
      secure: read(signInSettings.sessionCookieSecure) ?? true,
      httpOnly: read(signInSettings.sessionCookieHttpOnly) ?? true,
      sameSite: sameSites[read(signInSettings.sessionCookieSameSite) ?? "Strict"],
    },
    corsOrigins: read(gatewaySettings.corsOrigins) ?? [],
    log: { level: read(gatewaySettings.logLevel) ?? "info", ...(format === undefined ? {} : { format }) },
    settingsFiles: settingsFiles(gathered, tls, serversFile),
  };
};

/** Reads and checks everything the gateway needs, or answers everything that is wrong with it. */
export const loadGatewayConfig = (given: Given): Result<Loaded<GatewayConfig>, Problems> => {
  const gathered = gather(given);
  // A line for a shell is no value yet: what it would be judged as says nothing about the value that is meant.
  if (gathered.problems.length > 0) return err(gathered.problems);
  const reader = createValueReader(gathered.sources);
  const location = readLocation(reader, given.folder);
  const tls = readTls(reader, location?.externalUrl, given.folder);
  const providers = readProviders(reader);
  const password = readPassword(reader, providers);
  const later = laterProblems(gathered.sources);
  // A stand-in lets the other values be read, so that all of their problems are told at once.
  const stand = location ?? { externalUrl: { base: "", secure: false, host: "localhost", port: 1, loopback: true }, listen: { host: "127.0.0.1", port: 1 } };
  const config = readConfig(reader, { location: stand, tls, providers, password, behind: given.behind ?? "command" }, gathered);
  const whole = location === undefined ? { problems: [], warnings: [] } : posture(config);
  const problems = [...reader.problems, ...later.problems, ...whole.problems];
  if (problems.length > 0) return err(problems);
  return ok({ value: config, warnings: [...reader.warnings, ...later.warnings, ...whole.warnings, ...misspelt(given.environment, gathered.envFile)] });
};

/** Reads no more than what finds a gateway that runs: its other settings are not this command's business. */
export const loadGatewayLocation = (given: Given): Result<Loaded<GatewayLocation>, Problems> => {
  const gathered = gather(given);
  const reader = createValueReader(gathered.sources);
  const location = readLocation(reader, given.folder);
  const problems = [...gathered.problems, ...reader.problems, ...(location === undefined ? [] : locationProblems(location))];
  return location === undefined || problems.length > 0 ? err(problems) : ok({ value: location, warnings: [] });
};
