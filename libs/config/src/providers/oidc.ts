import { Secret } from "@mcp-auth-proxy/crypto";
import type { Setting } from "../setting.ts";
import { providerSettings as settings } from "../settings/providers.ts";
import type { ValueReader } from "../value-reader.ts";
import { complainOfRest } from "./incomplete.ts";
import type { OidcSetting } from "./provider-setting.ts";

const withoutSlash = (url: string): string => url.replace(/\/+$/, "");

const endpointsOf = ({ read }: ValueReader): OidcSetting["endpoints"] => {
  const [authorization, token, userinfo] = [read(settings.oidcAuthEndpoint), read(settings.oidcTokenEndpoint), read(settings.oidcUserinfoEndpoint)];
  return { ...(authorization === undefined ? {} : { authorization }), ...(token === undefined ? {} : { token }), ...(userinfo === undefined ? {} : { userinfo }) };
};

/** The issuer by its own name, or by where its document is (OpenID Connect Discovery section 4). */
const issuerOf = ({ read, shown, problem }: ValueReader): string | undefined => {
  const [issuer, document] = [read(settings.oidcIssuer), read(settings.oidcConfigurationUrl)];
  const named = document?.replace(/\/\.well-known\/openid-configuration$/, "");
  if (issuer !== undefined && named !== undefined && withoutSlash(issuer) !== withoutSlash(named))
    problem(`${shown(settings.oidcIssuer)} and ${shown(settings.oidcConfigurationUrl)} name two providers: keep one`);
  return issuer ?? named;
};

const ofOidc: readonly Setting[] = [settings.oidcClientId, settings.oidcClientSecret, settings.oidcScopes, settings.oidcAllowedUsers, settings.oidcAllowedUsersGlob, settings.oidcAllowedAttributes];

export const readOidc = (reader: ValueReader): OidcSetting | undefined => {
  const { read, problem } = reader;
  const issuer = issuerOf(reader);
  if (issuer === undefined) {
    complainOfRest(reader, ofOidc, "OIDC_ISSUER");
    return undefined;
  }
  const clientId = read(settings.oidcClientId);
  if (clientId === undefined) {
    problem("OIDC_ISSUER is set and OIDC_CLIENT_ID is not: register a client at the provider, with the redirect URI <EXTERNAL_URL>/auth/callback");
    return undefined;
  }
  const secret = read(settings.oidcClientSecret);
  return {
    id: "oidc",
    clientId,
    ...(secret === undefined ? {} : { clientSecret: Secret.of(secret) }),
    issuer,
    name: read(settings.oidcProviderName) ?? "OIDC",
    endpoints: endpointsOf(reader),
    scopes: read(settings.oidcScopes) ?? [],
    userIdField: read(settings.oidcUserIdField) ?? "email",
    groupsClaim: read(settings.oidcGroupsClaim) ?? "groups",
    allowedUsers: read(settings.oidcAllowedUsers) ?? [],
    allowedUsersGlob: read(settings.oidcAllowedUsersGlob) ?? [],
    allowedAttributes: read(settings.oidcAllowedAttributes) ?? [],
    trustEmail: read(settings.oidcTrustEmail) ?? false,
  };
};
