import { type Later, setting, type Setting, type SettingRow, type ValueKind } from "../setting.ts";
import { text } from "../value-kinds.ts";

const off = ["false", "off", "no", "0"];

const later =
  (kind: ValueKind<unknown>, fallback: string, shared: Later) =>
  (name: string, doc: string, row: Partial<SettingRow<unknown>> & Partial<Later> = {}): Setting => {
    const { treat = shared.treat, because = shared.because, harmless = shared.harmless, ...rest } = row;
    return setting(kind, { name, fallback, doc, ...rest, later: { treat, because, ...(harmless === undefined ? {} : { harmless }) } });
  };

const secret = { isSecret: true, hasFlag: false } as const;

const acme = later(text, "–", {
  treat: "refuse",
  because: "is for certificates from Let's Encrypt, which a later version gets: set TLS_CERT and TLS_KEY, or let an edge (Caddy, Traefik, nginx) end TLS",
});
const cluster = later(text, "–", { treat: "refuse", because: "is for a cluster of several processes, which a later version does: this one does everything in one" });
const vault = later(text, "–", { treat: "refuse", because: "reads secrets from HashiCorp Vault, which a later version does: use environment variables or *_FILE" });
const metrics = later(text, "–", { treat: "warn", because: "has no effect yet: metrics come with a later version", harmless: off });
const tracing = later(text, "–", { treat: "warn", because: "has no effect yet: tracing comes with a later version" });

/** Names of the contract that this version does not act on. Each is refused or warned about: none is silently ignored. */
export const laterSettings: readonly Setting[] = [
  acme("TLS_EMAIL", "Contact for Let's Encrypt."),
  acme("TLS_DIRECTORY_URL", "Another certificate authority."),
  later(text, "–", { treat: "refuse", because: "brings a signing key, which a later version takes: this one makes and keeps its own" })("JWT_PRIVATE_KEY", "Own key for signing access tokens.", secret),
  later(text, "–", { treat: "warn", because: "is not used: tokens are signed with a key pair, never with a shared secret (own keys: JWT_PRIVATE_KEY, in a later version)" })(
    "JWT_SECRET",
    "Not used, in any version.",
    secret,
  ),
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
  metrics("METRICS_ENABLED", "Prometheus metrics.", { isSwitch: true }),
  metrics("METRICS_PORT", "Prometheus metrics.", { harmless: ["9090"] }),
  metrics("METRICS_PATH", "Prometheus metrics.", { harmless: ["/metrics"] }),
  tracing("OTEL_EXPORTER_OTLP_ENDPOINT", "OpenTelemetry."),
];
