import { type Later, setting, type Setting, type SettingRow, type ValueKind } from "../setting.ts";
import { onOff, text } from "../value-kinds.ts";

const off = ["false", "off", "no", "0"];

const later =
  (kind: ValueKind<unknown>, fallback: string, shared: Later) =>
  (name: string, doc: string, row: Partial<SettingRow<unknown>> & Partial<Later> = {}): Setting => {
    const { treat = shared.treat, because = shared.because, harmless = shared.harmless, ...rest } = row;
    return setting(kind, { name, fallback, doc, ...rest, later: { treat, because, ...(harmless === undefined ? {} : { harmless }) } });
  };

const secret = { isSecret: true, hasFlag: false } as const;
const secretWithFlag = { isSecret: true } as const;

const acme = later(text, "–", {
  treat: "refuse",
  because: "is for certificates from Let's Encrypt, which a later version gets: set TLS_CERT and TLS_KEY, or let an edge (Caddy, Traefik, nginx) end TLS",
});
const provider = later(text, "–", { treat: "refuse", because: "belongs to sign-in with a provider, which a later version does: use PASSWORD for now" });
const allowed = later(text, "–", { treat: "refuse", because: "restricts sign-in with a provider, which a later version does: with PASSWORD, whoever knows it gets in" });
const cluster = later(text, "–", { treat: "refuse", because: "is for several processes, which a later version does: this one keeps its state in DATA_PATH" });
const vault = later(text, "–", { treat: "refuse", because: "reads secrets from HashiCorp Vault, which a later version does: use environment variables or *_FILE" });
const upstream = later(text, "–", { treat: "refuse", because: "is about servers behind HTTP or with tokens of their own, which a later version does" });
const refresh = later(text, "–", { treat: "warn", because: "has no effect yet: there are no provider tokens to refresh in this version" });
const metrics = later(text, "–", { treat: "warn", because: "has no effect yet: metrics come with a later version", harmless: off });
const tracing = later(text, "–", { treat: "warn", because: "has no effect yet: tracing comes with a later version" });

/** Names of the contract that this version does not act on. Each is refused or warned about: none is silently ignored. */
export const laterSettings: readonly Setting[] = [
  later(text, "–", { treat: "refuse", because: "names several servers, which a later version does: give one command" })("MCP_SERVERS_CONFIG", "`mcp_servers.json`, many servers behind one gateway.", {
    flag: "--config",
  }),
  acme("TLS_EMAIL", "Contact for Let's Encrypt."),
  acme("TLS_DIRECTORY_URL", "Another certificate authority."),
  provider("GOOGLE_CLIENT_ID", "Google."),
  provider("GOOGLE_CLIENT_SECRET", "Google.", secretWithFlag),
  provider("GOOGLE_SCOPES", "Google."),
  provider("GOOGLE_ALLOWED_USERS", "Google."),
  provider("GOOGLE_ALLOWED_WORKSPACES", "Google."),
  provider("GITHUB_CLIENT_ID", "GitHub."),
  provider("GITHUB_CLIENT_SECRET", "GitHub.", secretWithFlag),
  provider("GITHUB_SCOPES", "GitHub."),
  // CI runners set these two for everything they start.
  provider("GITHUB_URL", "GitHub Enterprise.", { treat: "warn" }),
  provider("GITHUB_API_URL", "GitHub Enterprise.", { treat: "warn", harmless: ["https://api.github.com"] }),
  provider("GITHUB_ALLOWED_USERS", "GitHub."),
  provider("GITHUB_ALLOWED_ORGS", "GitHub."),
  provider("OIDC_ISSUER", "Any OpenID Connect provider."),
  provider("OIDC_CONFIGURATION_URL", "Any OpenID Connect provider."),
  provider("OIDC_CLIENT_ID", "Any OpenID Connect provider."),
  provider("OIDC_CLIENT_SECRET", "Any OpenID Connect provider.", secretWithFlag),
  ...["SCOPES", "AUTH_ENDPOINT", "TOKEN_ENDPOINT", "USERINFO_ENDPOINT", "PROVIDER_NAME", "USER_ID_FIELD", "GROUPS_CLAIM", "ALLOWED_USERS"].map((end) =>
    provider(`OIDC_${end}`, "Any OpenID Connect provider."),
  ),
  provider("OIDC_ALLOWED_USERS_GLOB", "Any OpenID Connect provider."),
  provider("OIDC_ALLOWED_ATTRIBUTES", "Any OpenID Connect provider."),
  provider("OIDC_TRUST_EMAIL", "Any OpenID Connect provider.", { harmless: off }),
  later(onOff, "false", { treat: "warn", because: "has no effect yet: there is no provider to choose", harmless: off })("NO_PROVIDER_AUTO_SELECT", "Keep the sign-in page with a single provider."),
  allowed("ALLOWED_USERS", "Who may sign in with a provider."),
  allowed("ALLOWED_DOMAINS", "Who may sign in with a provider."),
  later(text, "–", { treat: "refuse", because: "brings a signing key, which a later version takes: this one makes and keeps its own" })("JWT_PRIVATE_KEY", "Own key for signing access tokens.", secret),
  later(text, "–", { treat: "warn", because: "is not used: tokens are signed with a key pair, never with a shared secret (own keys: JWT_PRIVATE_KEY, in a later version)" })(
    "JWT_SECRET",
    "Not used, in any version.",
    secret,
  ),
  cluster("DATABASE_URL", "PostgreSQL.", secret),
  cluster("DATABASE_SCHEMA", "PostgreSQL."),
  cluster("REDIS_URL", "Redis.", secret),
  cluster("CACHE_STORE", "Where rate limits and caches live.", { harmless: ["memory"] }),
  later(text, "300 s", { treat: "warn", because: "has no effect yet: nothing is cached that long in this version", harmless: ["300"] })("CACHE_TTL", "Life of cached things."),
  cluster("NATS_URL", "NATS."),
  cluster("NATS_USER", "NATS."),
  cluster("NATS_PASSWORD", "NATS.", secret),
  cluster("NATS_TLS_CA", "NATS."),
  cluster("NATS_TLS_CERT", "NATS."),
  cluster("NATS_TLS_KEY", "NATS."),
  vault("VAULT_ADDR", "HashiCorp Vault."),
  // Alone these do nothing, and an operator's shell often has them.
  vault("VAULT_TOKEN", "HashiCorp Vault.", { ...secret, treat: "warn" }),
  vault("VAULT_PATH", "HashiCorp Vault.", { treat: "warn" }),
  refresh("TOKEN_REFRESH_THRESHOLD", "Refresh provider tokens this long before they expire.", { harmless: ["300"] }),
  refresh("TOKEN_REFRESH_MAX_RETRIES", "Tries of a refresh.", { harmless: ["3"] }),
  refresh("TOKEN_REFRESH_RETRY_DELAY", "Pause between tries.", { harmless: ["2"] }),
  metrics("METRICS_ENABLED", "Prometheus metrics.", { isSwitch: true }),
  metrics("METRICS_PORT", "Prometheus metrics.", { harmless: ["9090"] }),
  metrics("METRICS_PATH", "Prometheus metrics.", { harmless: ["/metrics"] }),
  tracing("OTEL_EXPORTER_OTLP_ENDPOINT", "OpenTelemetry."),
  upstream("PROXY_HEADERS", "Headers for an HTTP server."),
  upstream("PROXY_BEARER_TOKEN", "A fixed token for an HTTP server.", secret),
  upstream("HEADER_MAPPING", "Claims as headers for an HTTP server."),
  upstream("HTTP_STREAMING_ONLY", "Only Streamable HTTP towards an HTTP server.", { isSwitch: true, treat: "warn", harmless: off }),
  upstream("OAUTH_PROVIDER", "Whose token the server gets."),
  upstream("INJECT", "How the server gets it."),
];
