import { Secret } from "@mcp-auth-proxy/crypto";
import { providerSettings as settings } from "../settings/providers.ts";
import type { ValueReader } from "../value-reader.ts";
import { complainOfRest } from "./incomplete.ts";
import type { GoogleSetting } from "./provider-setting.ts";

export const readGoogle = (reader: ValueReader): GoogleSetting | undefined => {
  const { read, shown, problem } = reader;
  const [clientId, clientSecret] = [read(settings.googleClientId), read(settings.googleClientSecret)];
  if (clientId === undefined) {
    complainOfRest(reader, [settings.googleClientSecret, settings.googleScopes, settings.googleAllowedUsers, settings.googleAllowedWorkspaces], "GOOGLE_CLIENT_ID");
    return undefined;
  }
  if (clientSecret === undefined) {
    problem(`${shown(settings.googleClientId)} is set and GOOGLE_CLIENT_SECRET is not: Google gives both`);
    return undefined;
  }
  return {
    id: "google",
    clientId,
    clientSecret: Secret.of(clientSecret),
    scopes: read(settings.googleScopes) ?? [],
    allowedUsers: read(settings.googleAllowedUsers) ?? [],
    allowedWorkspaces: read(settings.googleAllowedWorkspaces) ?? [],
    issuer: read(settings.googleIssuer) ?? "https://accounts.google.com",
  };
};
