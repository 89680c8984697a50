import { beyondIdentity, type ProviderSetting } from "./providers/provider-setting.ts";
import { defaultInjection, parseInjection } from "./servers-file/injection.ts";
import type { InjectEntry } from "./servers-file/schema.ts";
import type { AccountNeed, Injection } from "./servers-file/server-definition.ts";
import { upstreamSettings } from "./settings/upstream.ts";
import type { ValueReader } from "./value-reader.ts";

/** The account that the one server of the command line works with, and how it gets the token. */
export interface AccountOfServer {
  readonly account: AccountNeed;
  readonly inject: Injection;
}

type Choice = ProviderSetting | "none" | "unclear";

const choose = (providers: readonly ProviderSetting[], named: string | undefined, asked: boolean): Choice => {
  if (named !== undefined) return providers.find(({ id }) => id === named) ?? "unclear";
  const beyond = providers.filter(({ scopes }) => beyondIdentity(scopes).length > 0);
  const candidates = beyond.length > 0 ? beyond : asked ? providers : [];
  const [only, ...others] = candidates;
  if (only === undefined) return asked ? "unclear" : "none";
  return others.length > 0 ? "unclear" : only;
};

/**
 * A server that is only behind a sign-in needs no account. It does when somebody said so (OAUTH_PROVIDER, INJECT), or
 * when scopes are asked for that nothing but a server could use.
 */
export const readAccountOfServer = (reader: ValueReader, providers: readonly ProviderSetting[], transport: "stdio" | "http" | "sse"): AccountOfServer | undefined => {
  const { read, shown, problem } = reader;
  const named = read(upstreamSettings.oauthProvider)?.trim().toLowerCase();
  const entry: InjectEntry | undefined = read(upstreamSettings.inject);
  const choice = choose(providers, named, named !== undefined || entry !== undefined);
  if (choice === "none") return undefined;
  if (choice === "unclear") {
    const ids = providers.map(({ id }) => id);
    if (ids.length === 0) problem(`${shown(upstreamSettings.oauthProvider) ?? shown(upstreamSettings.inject)} needs a provider: set GOOGLE_CLIENT_ID, GITHUB_CLIENT_ID or OIDC_ISSUER`);
    else problem(`${named === undefined ? "OAUTH_PROVIDER is not set" : `${shown(upstreamSettings.oauthProvider)} is ${JSON.stringify(named)}`}: it takes ${ids.join(" or ")}`);
    return undefined;
  }
  const account = { provider: choice.id, scopes: choice.scopes };
  if (entry === undefined) return { account, inject: defaultInjection(transport) };
  const inject = parseInjection(entry, transport);
  if (inject.ok) return { account, inject: inject.value };
  problem(`${shown(upstreamSettings.inject)}: ${inject.error}`);
  return undefined;
};
