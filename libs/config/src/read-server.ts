import { Secret } from "@mcp-auth-proxy/crypto";
import type { Behind } from "./command-line.ts";
import type { GatewayConfig } from "./gateway-config.ts";
import type { ProviderSetting } from "./providers/provider-setting.ts";
import { gatewaySettings } from "./settings/gateway.ts";
import { upstreamSettings } from "./settings/upstream.ts";
import { readAccountOfServer } from "./single-server.ts";
import type { ValueReader } from "./value-reader.ts";

/** How the one server's processes are kept, how its clients are answered, and the account that it works with. */
export const readServer = (reader: ValueReader, providers: readonly ProviderSetting[], behind: Behind["kind"]): GatewayConfig["server"] => {
  const { read, shown, problem } = reader;
  const [stateless, stateful] = [read(gatewaySettings.stateless) === true, read(gatewaySettings.stateful) === true];
  if (stateless && stateful) problem("STATELESS and STATEFUL are both true: a server is one or the other");
  const memory = stateless ? { memory: "stateless" as const } : stateful ? { memory: "stateful" as const } : {};
  const transport = read(gatewaySettings.transport) ?? "http";
  const file = shown(upstreamSettings.serversConfig);
  const needless = file === undefined ? undefined : (shown(upstreamSettings.oauthProvider) ?? shown(upstreamSettings.inject));
  if (needless !== undefined) problem(`${needless} is for one server, and ${file} names several: say it there, with oauth_provider and inject`);
  const account = file === undefined ? readAccountOfServer(reader, providers, behind === "url" ? transport : "stdio") : undefined;
  const isolation = read(gatewaySettings.isolation);
  return { ...(isolation === undefined ? {} : { isolation }), ...memory, transport, ...(account === undefined ? {} : { account }) };
};

/** What goes to servers behind a URL with every request. */
export const readUpstream = ({ read }: ValueReader): GatewayConfig["upstream"] => {
  const identityHeader = read(upstreamSettings.identityHeader);
  const bearerToken = read(upstreamSettings.proxyBearerToken);
  return {
    headers: (read(upstreamSettings.proxyHeaders) ?? []).map(({ name, value }) => ({ name, value: Secret.of(value) })),
    ...(bearerToken === undefined ? {} : { bearerToken: Secret.of(bearerToken) }),
    ...(identityHeader === undefined ? {} : { identityHeader }),
    headerMapping: read(upstreamSettings.headerMapping) ?? [],
    streamingOnly: read(upstreamSettings.httpStreamingOnly) ?? false,
  };
};
