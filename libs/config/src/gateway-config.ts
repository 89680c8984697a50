import type { Secret } from "@mcp-auth-proxy/crypto";
import type { ExternalUrl } from "./external-url.ts";
import type { AccessSetting } from "./providers/access.ts";
import type { ProviderSetting } from "./providers/provider-setting.ts";
import type { AccountOfServer } from "./single-server.ts";
import type { StorageConfig } from "./storage.ts";
import type { TlsSetting } from "./tls.ts";
import type { HeaderOfClaim, PlainHeader } from "./upstream-value-kinds.ts";
import type { ListenAddress } from "./value-kinds.ts";

/** What finds a gateway on this machine: enough for a command that speaks to one that runs. */
export interface GatewayLocation {
  readonly externalUrl: ExternalUrl;
  readonly listen: Required<ListenAddress>;
  /** DATA_PATH as it was given; undefined asks for the default place. */
  readonly dataPath?: string;
}

/** `hash` is an argon2id or bcrypt string. */
export type PasswordSetting =
  | { readonly kind: "plain"; readonly value: Secret<string>; readonly characters: number }
  | { readonly kind: "hash"; readonly value: Secret<string> };

/** A file that was read for settings, and that must not be served. */
export interface SettingsFile {
  /** How to name it: `.env` or the setting that named it. */
  readonly setting: string;
  readonly path: string;
}

/** Everything the gateway is told at start, read once. Times are milliseconds. */
export interface GatewayConfig extends GatewayLocation {
  /** Undefined: plain HTTP, on loopback or behind an edge. */
  readonly tls?: TlsSetting;
  readonly trustedProxies: readonly string[];
  /** Absent: people sign in with providers only. */
  readonly password?: PasswordSetting;
  readonly providers: readonly ProviderSetting[];
  readonly access: AccessSetting;
  /** Whether a single provider is gone to without a page that offers it. */
  readonly providerAutoSelect: boolean;
  /** When provider tokens are refreshed. */
  readonly refresh: { readonly thresholdMs: number; readonly maxRetries: number; readonly retryDelayMs: number };
  /** AUTH_ENCRYPTION_SECRET; undefined asks for the one in DATA_PATH. */
  readonly encryptionSecret?: Secret<string>;
  readonly storage: StorageConfig;
  readonly childUser?: string;
  /** How the MCP server's processes are kept, and how its clients are answered. */
  readonly server: {
    readonly isolation?: "session" | "user" | "shared";
    readonly memory?: "stateful" | "stateless";
    readonly transport: "http" | "sse";
    /** The account that the one server works with; those of a file say it themselves. */
    readonly account?: AccountOfServer;
  };
  /** MCP_SERVERS_CONFIG, as an absolute path; what it holds is read by who starts the services. */
  readonly serversFile?: string;
  /** What is sent to servers behind a URL. */
  readonly upstream: {
    readonly headers: readonly (Pick<PlainHeader, "name"> & { readonly value: Secret<string> })[];
    readonly bearerToken?: Secret<string>;
    readonly headerMapping: readonly HeaderOfClaim[];
    readonly identityHeader?: string;
    readonly streamingOnly: boolean;
  };
  readonly tokens: {
    readonly accessTokenTtlMs: number;
    readonly refreshTokenTtlMs: number;
    readonly authorizationCodeTtlMs: number;
    readonly refreshReplayWindowMs: number;
  };
  readonly clients: {
    readonly registration: boolean;
    /** CLIENT_ID_METADATA: whether documents describe clients. */
    readonly idMetadata: boolean;
    readonly redirectSchemes: readonly string[];
    /** CLIENTS_CONFIG, as an absolute path; what it holds is read by who starts the services. */
    readonly configFile?: string;
  };
  readonly pkce: { readonly required: boolean; readonly methods: readonly ("S256" | "plain")[] };
  /** Forms: whether they carry a token, and the random bytes behind it. */
  readonly csrf: { readonly protection: boolean; readonly bytes: number };
  /** `cookieName` is as it was given: a prefix is its user's to add. */
  readonly session: {
    readonly idleMs: number;
    readonly cookieName: string;
    readonly secure: boolean;
    readonly httpOnly: boolean;
    readonly sameSite: "strict" | "lax" | "none";
  };
  readonly corsOrigins: readonly string[];
  /** No format: text on a terminal, else json. */
  readonly log: { readonly level: "debug" | "info" | "warn" | "error"; readonly format?: "text" | "json" };
  readonly settingsFiles: readonly SettingsFile[];
}

export const defaultRedirectSchemes: readonly string[] = ["cursor", "vscode", "vscode-insiders"];
