import { Secret } from "@mcp-auth-proxy/crypto";
import { providerSettings as settings } from "../settings/providers.ts";
import type { ValueReader } from "../value-reader.ts";
import { complainOfRest } from "./incomplete.ts";
import type { GithubSetting } from "./provider-setting.ts";

const withoutSlash = (url: string): string => url.replace(/\/+$/, "");

export const readGithub = (reader: ValueReader): GithubSetting | undefined => {
  const { read, shown, problem } = reader;
  const [clientId, clientSecret] = [read(settings.githubClientId), read(settings.githubClientSecret)];
  if (clientId === undefined) {
    complainOfRest(reader, [settings.githubClientSecret, settings.githubScopes, settings.githubAllowedUsers, settings.githubAllowedOrgs], "GITHUB_CLIENT_ID");
    return undefined;
  }
  if (clientSecret === undefined) {
    problem(`${shown(settings.githubClientId)} is set and GITHUB_CLIENT_SECRET is not: GitHub gives both`);
    return undefined;
  }
  const url = withoutSlash(read(settings.githubUrl) ?? "https://github.com");
  return {
    id: "github",
    clientId,
    clientSecret: Secret.of(clientSecret),
    scopes: read(settings.githubScopes) ?? [],
    allowedUsers: read(settings.githubAllowedUsers) ?? [],
    allowedOrgs: read(settings.githubAllowedOrgs) ?? [],
    url,
    apiUrl: withoutSlash(read(settings.githubApiUrl) ?? (url === "https://github.com" ? "https://api.github.com" : `${url}/api/v3`)),
  };
};
