import { providerSettings as settings } from "../settings/providers.ts";
import type { ValueReader } from "../value-reader.ts";
import type { ProviderSetting } from "./provider-setting.ts";

/** Who may sign in with a provider, whichever it is. */
export interface AccessSetting {
  readonly allowedUsers: readonly string[];
  readonly allowedDomains: readonly string[];
}

export const readAccess = ({ read }: ValueReader): AccessSetting => ({
  allowedUsers: read(settings.allowedUsers) ?? [],
  allowedDomains: read(settings.allowedDomains) ?? [],
});

const restricts = (provider: ProviderSetting, access: AccessSetting): boolean =>
  [
    access.allowedUsers,
    access.allowedDomains,
    provider.allowedUsers,
    ...(provider.id === "google" ? [provider.allowedWorkspaces] : []),
    ...(provider.id === "github" ? [provider.allowedOrgs] : []),
    ...(provider.id === "oidc" ? [provider.allowedUsersGlob, provider.allowedAttributes] : []),
  ].some((list) => list.length > 0);

/** Everybody has an account at Google: on the internet, somebody has to say who may come in. */
export const openProviders = (providers: readonly ProviderSetting[], access: AccessSetting): readonly string[] =>
  providers.filter((provider) => !restricts(provider, access)).map(({ id }) => id);
