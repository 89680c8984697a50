import { setting } from "../setting.ts";
import { headerMapping, headerNameKind, injection, plainHeaders } from "../upstream-value-kinds.ts";
import { duration, onOff, path, text, wholeNumber } from "../value-kinds.ts";

const second = 1_000;

/** What stands behind the gateway, and with whose account it works. */
export const upstreamSettings = {
  serversConfig: setting(path, {
    name: "MCP_SERVERS_CONFIG",
    flag: "--config",
    fallback: "none",
    doc: "`mcp_servers.json`: many servers behind one gateway, each at `/<name>/mcp` (one alone at `/mcp` too). Read again when it changes: docs/servers.md. It may not lie in a folder that is served.",
  }),
  oauthProvider: setting(text, { name: "OAUTH_PROVIDER", fallback: "the provider whose scopes go beyond identity", doc: "Whose token the one server gets: `google`, `github` or `oidc`." }),
  inject: setting(injection, {
    name: "INJECT",
    fallback: "`params` for a command, the header Authorization for a URL",
    doc:
      'How the one server gets the person\'s token: `params`, or JSON as in `mcp_servers.json`: `{"env": {"TOKEN": "${access_token}"}}`, ' +
      '`{"header": "Authorization: Bearer ${access_token}"}`, `{"file": {"env": "CREDENTIALS", "format": "google-authorized-user"}}`.',
  }),
  proxyHeaders: setting(plainHeaders, { name: "PROXY_HEADERS", fallback: "none", isSecret: true, doc: "Headers sent to a server behind a URL: `Name: value`, comma separated. What a client sends under these names is dropped." }),
  proxyBearerToken: setting(text, { name: "PROXY_BEARER_TOKEN", fallback: "none", isSecret: true, hasFlag: false, doc: "A token of the operator's for a server behind a URL that needs one and no person's." }),
  headerMapping: setting(headerMapping, {
    name: "HEADER_MAPPING",
    fallback: "none",
    doc: "Who is calling, as headers for a server behind a URL: `/email:X-Forwarded-Email`, comma separated; there are `/sub`, `/client_id`, `/scope`, `/email` (verified) and `/preferred_username`. What a client sends under these names is dropped.",
  }),
  identityHeader: setting(headerNameKind, {
    name: "IDENTITY_HEADER",
    fallback: "none",
    doc: "A header in which a server behind a URL gets a signed JWT of who is calling (`iss` is EXTERNAL_URL, `aud` the server's own URL here, ES256, five minutes), to be verified with `<EXTERNAL_URL>/jwks`.",
  }),
  httpStreamingOnly: setting(onOff, { name: "HTTP_STREAMING_ONLY", fallback: "false", doc: "The server behind a URL has no stream for what it says unasked: GET is not passed on." }),
  refreshThreshold: setting(duration(10 * second, 86_400 * second), { name: "TOKEN_REFRESH_THRESHOLD", fallback: "300 s", doc: "Provider tokens are refreshed this long before they expire." }),
  refreshMaxRetries: setting(wholeNumber(0, 20), { name: "TOKEN_REFRESH_MAX_RETRIES", fallback: "3", doc: "Tries again after a refresh that failed for a reason that may pass." }),
  refreshRetryDelay: setting(duration(second, 3_600 * second), { name: "TOKEN_REFRESH_RETRY_DELAY", fallback: "2 s", doc: "Pause before the first of them; it doubles with each." }),
} as const;
