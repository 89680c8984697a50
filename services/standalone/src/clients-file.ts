import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseClientsFile, type ClientsConfiguration } from "@mcp-auth-proxy/auth";
import type { GatewayConfig, SettingsFile } from "@mcp-auth-proxy/config";
import { isErrno } from "./errno.ts";
import { StartError } from "./start-error.ts";

/** What CLIENTS_CONFIG says, and every file that was read for it: none of them may be served. */
export interface DescribedClients extends ClientsConfiguration {
  readonly files: readonly SettingsFile[];
}

const setting = "CLIENTS_CONFIG";
const maxBytes = 1_048_576;

const readText = (path: string): string => {
  if (statSync(path).size > maxBytes) throw new StartError(2, [`${setting} names a file larger than the 1 MiB that it may have`]);
  return readFileSync(path, "utf8");
};

const readClients = (path: string): string => {
  try {
    return readText(path);
  } catch (cause) {
    if (!isErrno(cause)) throw cause;
    throw new StartError(2, [`${setting} names ${JSON.stringify(path)}, which can not be read (${cause.code})`], cause);
  }
};

/** Reads the file of clients (docs/clients.md) and the secrets that it names, relative to its own folder. */
export const readClientsFile = (config: Pick<GatewayConfig, "clients" | "externalUrl">, resources: readonly string[]): DescribedClients => {
  const path = config.clients.configFile;
  if (path === undefined) return { clients: [], idJagIssuers: [], scopes: [], files: [] };
  const files: SettingsFile[] = [{ setting, path }];
  const readSecret = (named: string): string | undefined => {
    const file = resolve(dirname(path), named);
    files.push({ setting: `client_secret_file in ${setting}`, path: file });
    try {
      return readText(file).replace(/\r?\n$/, "");
    } catch (cause) {
      if (isErrno(cause)) return undefined;
      throw cause;
    }
  };
  const redirectPolicy = { schemes: config.clients.redirectSchemes, issuer: config.externalUrl.base };
  const parsed = parseClientsFile(readClients(path), { redirectPolicy, resources, readSecret });
  if (!parsed.ok) throw new StartError(2, parsed.error.map((line) => `${setting} (${path}): ${line}`));
  return { ...parsed.value, files };
};
