import { expect, it } from "vitest";
import { nearMiss } from "../src/near-miss.ts";
import { environmentNames } from "../src/settings/all.ts";

it.each([
  ["EXTERNALURL", "EXTERNAL_URL"],
  ["external_url", "EXTERNAL_URL"],
  ["EXTERNAL_URI", "EXTERNAL_URL"],
  ["PASWORD", "PASSWORD"],
  ["MCP_PROXY_PASSWORD", "PASSWORD"],
  ["AUTH_ENCRYPTON_SECRET", "AUTH_ENCRYPTION_SECRET"],
  ["ACESS_TOKEN_TLT", "ACCESS_TOKEN_TTL"],
  ["PASSWORD_FIEL", "PASSWORD_FILE"],
  ["DATAPATH", "DATA_PATH"],
])("takes %s for a slip of %s", (given, meant) => {
  expect(nearMiss(given, environmentNames)).toBe(meant);
});

it.each([
  "EXTERNAL_URL", "PATH", "HOME", "PWD", "PORTS", "LOGNAME", "LISTEN_FDS", "PGPASSWORD", "MYSQL_PASSWORD", "SESSION_MANAGER", "GITHUB_TOKEN", "GITHUB_ACTIONS", "DATABASE_PATH",
  "NODE_OPTIONS", "npm_config_cache", "TERM", "SSL_CERT_FILE", "GOOGLE_GMAIL_CLIENT_ID", "SSH_AUTH_SOCK", "JWT_SECRET", "XDG_DATA_HOME", "INIT_CWD", "LS_COLORS",
])("leaves %s alone", (given) => {
  expect(nearMiss(given, environmentNames)).toBeUndefined();
});
