import { homedir } from "node:os";
import { resolve } from "node:path";
import { isLoopback, parseExternalUrl, type ExternalUrl } from "./external-url.ts";
import type { GatewayLocation } from "./gateway-config.ts";
import { gatewaySettings } from "./settings/gateway.ts";
import type { ValueReader } from "./value-reader.ts";

const defaultPort = 8080;

const readListen = ({ read, shown, problem }: ValueReader): { readonly host?: string; readonly port?: number } => {
  const listen = read(gatewaySettings.listen);
  const port = read(gatewaySettings.port);
  const host = read(gatewaySettings.bindAddress);
  const contradict = (row: typeof gatewaySettings.port | typeof gatewaySettings.bindAddress): void =>
    problem(`${shown(gatewaySettings.listen)} and ${shown(row)} say different things: keep one`);
  if (listen !== undefined && port !== undefined && port !== listen.port) contradict(gatewaySettings.port);
  if (listen?.host !== undefined && host !== undefined && host !== listen.host) contradict(gatewaySettings.bindAddress);
  const chosen = { host: host ?? listen?.host, port: port ?? listen?.port };
  return { ...(chosen.host === undefined ? {} : { host: chosen.host }), ...(chosen.port === undefined ? {} : { port: chosen.port }) };
};

const readExternalUrl = ({ read, shown, problem }: ValueReader, port: number): ExternalUrl | undefined => {
  const given = read(gatewaySettings.externalUrl);
  const parsed = parseExternalUrl(given ?? (port === 80 ? "http://localhost" : `http://localhost:${port}`));
  if (parsed.ok) return parsed.value;
  problem(`${shown(gatewaySettings.externalUrl)} is ${JSON.stringify(given)}: ${parsed.error}`);
  return undefined;
};

/** A loopback name may stand for two addresses; the one that is listened on is the first that clients try. */
const defaultHost = ({ loopback, host }: ExternalUrl): string => (loopback ? (host === "localhost" ? "127.0.0.1" : host) : "0.0.0.0");

/** `~` is usually the shell's; a value from a file has seen none. */
const absolute = (folder: string, path: string, home: string): string => resolve(folder, path.replace(/^~(?=\/|$)/, home));

/** Reads where the gateway is; undefined where EXTERNAL_URL can not be read. */
export const readLocation = (reader: ValueReader, folder: string, home: string = homedir()): GatewayLocation | undefined => {
  const { host, port } = readListen(reader);
  const externalUrl = readExternalUrl(reader, port ?? defaultPort);
  const dataPath = reader.read(gatewaySettings.dataPath);
  if (externalUrl === undefined) return undefined;
  return {
    externalUrl,
    listen: { host: host ?? defaultHost(externalUrl), port: port ?? (isLoopback(externalUrl.host) ? externalUrl.port : defaultPort) },
    ...(dataPath === undefined ? {} : { dataPath: absolute(folder, dataPath, home) }),
  };
};
