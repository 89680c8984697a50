import type { IncomingMessage, ServerResponse } from "node:http";
import { readForm } from "./form-body.ts";
import type { GoogleConsents } from "./google-consents.ts";
import { googleScopeName, identityScopes } from "./google-scopes.ts";
import type { OidcEngine } from "./oidc-engine.ts";

export interface GoogleEndpointParts {
  readonly consents: GoogleConsents;
  readonly scopes: readonly string[];
}

/** The endpoints that Google has and the package has not, or has differently. Answers false where the package is to answer. */
export const googleEndpoints =
  ({ consents, scopes }: GoogleEndpointParts) =>
  async ({ store, door, shape }: OidcParts, request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const url = new URL(request.url ?? "/", door.origin);
    const asked = async (): Promise<URLSearchParams> => (request.method === "POST" ? readForm(request) : url.searchParams);
    const send = (status: number, body: unknown): true => {
      response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(body));
      return true;
    };
    switch (url.pathname) {
      case "/.well-known/openid-configuration":
        return send(200, discovery(door.origin, shape.routes));
      case shape.routes.revocation: {
        const owner = store.tokenOwner((await asked()).get("token") ?? url.searchParams.get("token") ?? "");
        if (owner === undefined) return send(400, { error: "invalid_token", error_description: "Token expired or revoked" });
        consents.forget(owner.clientId, owner.sub);
        store.revokeConsent(owner.clientId, owner.sub);
        return send(200, {});
      }
      case "/tokeninfo": {
        const live = store.liveToken((await asked()).get("access_token") ?? "");
        if (live === undefined) return send(400, { error: "invalid_token", error_description: "Invalid Value" });
        const { clientId, sub, scope, expiresAt } = live;
        const [exp, left] = [Math.floor(expiresAt / 1000), Math.floor((expiresAt - Date.now()) / 1000)];
        // All numbers of this answer are strings at Google's, too.
        return send(200, { azp: clientId, aud: clientId, sub, scope: longNames(scope), exp: String(exp), expires_in: String(left) });
      }
      case shape.routes.authorization: {
        const unknown = (url.searchParams.get("scope") ?? "").split(" ").filter((scope) => scope !== "" && !scopes.includes(scope));
        if (unknown.length === 0) return false;
        response.writeHead(400, { "content-type": "text/html; charset=utf-8" });
        response.end("<!doctype html><title>Error 400: invalid_scope</title><p>Some requested scopes were invalid.");
        return true;
      }
      default:
        return false;
    }
  };

type OidcParts = Pick<OidcEngine, "store" | "door" | "shape">;

const longNames = (scope: string): string => scope.split(" ").map(googleScopeName).join(" ");

const discovery = (origin: string, routes: OidcEngine["shape"]["routes"]) => ({
  issuer: origin,
  authorization_endpoint: origin + routes.authorization,
  device_authorization_endpoint: `${origin}/device/code`,
  token_endpoint: origin + routes.token,
  userinfo_endpoint: origin + routes.userinfo,
  revocation_endpoint: origin + routes.revocation,
  jwks_uri: origin + routes.jwks,
  response_types_supported: ["code", "token", "id_token", "code token", "code id_token", "token id_token", "code token id_token", "none"],
  response_modes_supported: ["query", "fragment", "form_post"],
  subject_types_supported: ["public"],
  id_token_signing_alg_values_supported: ["RS256"],
  scopes_supported: identityScopes.slice(0, 3),
  token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
  claims_supported: ["aud", "email", "email_verified", "exp", "family_name", "given_name", "iat", "iss", "name", "picture", "sub"],
  code_challenge_methods_supported: ["plain", "S256"],
  grant_types_supported: [
    "authorization_code",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
  ],
});
