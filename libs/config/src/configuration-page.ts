import { flagOf, type Setting } from "./setting.ts";
import { gatewaySettings } from "./settings/gateway.ts";
import { laterSettings } from "./settings/later.ts";
import { providerSettings } from "./settings/providers.ts";
import { signInSettings } from "./settings/sign-in.ts";
import { storageSettings } from "./settings/storage.ts";
import { tlsSettings } from "./settings/tls.ts";
import { upstreamSettings } from "./settings/upstream.ts";

const cell = (text: string): string => text.replaceAll("|", "\\|");

const names = (row: Setting): string => {
  const files = row.isSecret ? [`${row.name}_FILE`] : [];
  const flag = row.hasFlag ? [`${flagOf(row)}${row.isSwitch ? "" : " …"}`] : [];
  return [row.name, ...row.aliases, ...files, ...flag].map((name) => `\`${name}\``).join("<br>");
};

const code = (fallback: string): string => (fallback.includes("`") || fallback.includes(" ") || fallback === "–" ? fallback : `\`${fallback}\``);

const table = (rows: readonly Setting[]): readonly string[] => [
  "| setting | takes | default | meaning |",
  "|---|---|---|---|",
  ...rows.map((row) => `| ${[names(row), cell(row.takes), cell(code(row.fallback)), cell(row.doc)].join(" | ")} |`),
];

const laterTable = (rows: readonly Setting[]): readonly string[] => [
  "| setting | for | when set |",
  "|---|---|---|",
  ...rows.map((row) => `| \`${row.name}\` | ${cell(row.doc)} | ${row.later?.treat === "refuse" ? "refused" : "warned about"} |`),
];

/** docs/configuration.md, made from the table of settings. */
export const configurationPage = (): string =>
  [
    "<!-- Made from libs/config/src/settings by `npm run docs`; do not edit. -->",
    "# Configuration",
    "",
    "A flag and its environment variable are the same setting. A flag beats the environment, the environment beats `.env` in the folder you start in. An empty variable",
    "counts as not set. Every secret can be read from a file: `PASSWORD_FILE=/run/secrets/password` instead of `PASSWORD`. Times are seconds, or a number with `s`, `m`, `h` or `d`.",
    "",
    "Unknown flags, bad values and contradictions end the start with exit code 2 and one line each. Environment variables that look like a misspelt setting are warned about.",
    "",
    "A loaded `.env` and every secret file must lie outside of what is served, and the server's working directory is the folder you start in: keep them elsewhere and name",
    "them, for example `--env-file ~/.config/mcp-auth-proxy/env`.",
    "",
    "## Who gets in, and what they are given",
    "",
    ...table(Object.values(signInSettings)),
    "",
    "## Sign-in with providers",
    "",
    "A provider is on when its client is named; several may be. Its redirect URI is `<EXTERNAL_URL>/auth/callback` (or `<EXTERNAL_URL>/auth/<provider>/callback`).",
    "",
    ...table(Object.values(providerSettings)),
    "",
    "## What stands behind it, and with whose account",
    "",
    ...table(Object.values(upstreamSettings)),
    "",
    "## Where it is, what it keeps, how it runs",
    "",
    ...table(Object.values(gatewaySettings)),
    "",
    "## Where state is kept",
    "",
    "Without any of these, in SQLite files in DATA_PATH, which one process uses at a time. With DATABASE_URL, DATA_PATH still holds the socket of operators' commands and a certificate that the gateway makes.",
    "",
    ...table(Object.values(storageSettings)),
    "",
    "## TLS",
    "",
    "With an https EXTERNAL_URL that is public and none of these, TLS ends at an edge (Caddy, Traefik, nginx) in front of the gateway, which speaks plain HTTP then.",
    "TLS 1.2 and 1.3 are spoken.",
    "",
    ...table(Object.values(tlsSettings)),
    "",
    "## Of later versions",
    "",
    "Settings that this version does not act on. Where ignoring one could let somebody in or show something, the start is refused; else it is warned about. A value that",
    "asks for what happens anyway (`METRICS_ENABLED=false`) is taken.",
    "",
    ...laterTable(laterSettings),
    "",
  ].join("\n");
