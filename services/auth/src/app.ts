import fastifyCookie from "@fastify/cookie";
import { allowAnyOrigin } from "@mcp-auth-proxy/http";
import type { FastifyInstance } from "fastify";
import type { AuthParts } from "./parts.ts";
import { createRegistrations } from "./pending/registrations.ts";
import { accountSignInRoutes } from "./routes/account-sign-in.ts";
import { accountRoutes } from "./routes/account.ts";
import { authorizeRoute } from "./routes/authorize.ts";
import { consentRoute } from "./routes/consent.ts";
import { introspectRoute } from "./routes/introspect.ts";
import { jwksRoute } from "./routes/jwks.ts";
import { metadataRoutes } from "./routes/metadata.ts";
import { requireOwnHost } from "./routes/own-host.ts";
import { answerErrorsWithPages } from "./routes/pages.ts";
import { providerCallbackRoutes } from "./routes/provider-callback.ts";
import { registerRoute } from "./routes/register.ts";
import { revokeRoute } from "./routes/revoke.ts";
import { signInRoutes } from "./routes/sign-in.ts";
import { tokenRoute } from "./routes/token.ts";

/** Pages for people: cookies, errors as pages, no other origin, no name but ours. */
const mountPages = async (app: FastifyInstance, parts: AuthParts): Promise<void> => {
  await app.register(async (scope) => {
    await scope.register(fastifyCookie);
    answerErrorsWithPages(scope, { issuer: parts.config.issuer, log: parts.log });
    requireOwnHost(scope, parts.config.issuer);
    authorizeRoute(scope, parts);
    consentRoute(scope, parts);
    signInRoutes(scope, parts);
    providerCallbackRoutes(scope, parts);
    accountRoutes(scope, parts);
    accountSignInRoutes(scope, parts);
  });
};

/** Endpoints for clients: JSON, no cookies, any origin. */
const mountEndpoints = async (app: FastifyInstance, parts: AuthParts): Promise<void> => {
  await app.register(async (scope) => {
    allowAnyOrigin(scope);
    tokenRoute(scope, parts);
    revokeRoute(scope, parts);
    introspectRoute(scope, parts);
    jwksRoute(scope, parts);
  });
};

/** Mounts everything that auth answers over HTTP. */
export const mountAuth = async (app: FastifyInstance, parts: AuthParts): Promise<void> => {
  const { config, store, keys, kv, clock, log } = parts;
  await metadataRoutes(app, config);
  if (config.clientRegistration) {
    await registerRoute(app, { config, registrations: createRegistrations({ store, keys, clock }), keys, kv, clock, log });
  }
  await mountEndpoints(app, parts);
  await mountPages(app, parts);
};
