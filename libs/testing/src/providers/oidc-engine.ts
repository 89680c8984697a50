// Whoever imports this library has no other way to see these types.
// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="./oidc-provider-package.d.ts" />
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "oidc-provider";
import { isObject } from "../json.ts";
import { basicCredentials } from "./basic-credentials.ts";
import { FaultPlan } from "./fault-plan.ts";
import { oidcConfiguration, type TokenRules } from "./oidc-configuration.ts";
import { answerInteraction, isInteraction } from "./oidc-interaction.ts";
import { type OidcPerson } from "./oidc-person.ts";
import { endpointAt, type OidcShape } from "./oidc-shape.ts";
import { OidcStore } from "./oidc-store.ts";
import { People } from "./people.ts";
import { openProviderDoor, type ProviderDoor } from "./provider-door.ts";
import { type TokenRequest, TokenRequests } from "./token-requests.ts";
import type { UpstreamClient } from "./upstream-client.ts";

export interface OidcEngineOptions {
  readonly people: readonly OidcPerson[];
  readonly clients: readonly UpstreamClient[];
  readonly rules: TokenRules;
  /** Whether a scope that was asked for is granted. */
  readonly grants: (scope: string) => boolean;
  readonly claimsInIdToken: boolean;
  readonly port: number | undefined;
  /** Answers itself and says true, or leaves the request to the package. */
  readonly intercept?: (engine: Pick<OidcEngine, "store" | "door" | "shape">, request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
}

/** A running `oidc-provider` in a given shape, with everything a test can turn. */
export interface OidcEngine {
  readonly door: ProviderDoor;
  readonly shape: OidcShape;
  readonly faults: FaultPlan;
  readonly people: People<OidcPerson>;
  readonly store: OidcStore;
  readonly requests: readonly TokenRequest[];
  /** Every access, refresh and ID token that was given out. */
  readonly tokens: readonly string[];
}

/** The package is loaded here and not at the top: most tests that use this library need no provider. */
export async function startOidcEngine(shape: OidcShape, options: OidcEngineOptions): Promise<OidcEngine> {
  const { errors, interactionPolicy, Provider } = await import("oidc-provider");
  const { rules, grants, claimsInIdToken, port, intercept } = options;
  const faults = new FaultPlan();
  const seen = new TokenRequests();
  const people = new People(options.people);
  const store = new OidcStore(options.clients, () => new errors.InvalidGrant("used already"));
  const asked = new Map<string, Readonly<Record<string, unknown>>>();
  const door = await openProviderDoor({
    faults,
    port,
    endpointOf: (path) => endpointAt(shape.routes, path),
    refusal: shape.refusal,
    onFaultyToken: (request, form, fault, status) => {
      const clientId = form.get("client_id") ?? basicCredentials(request.headers.authorization)?.clientId;
      const refreshToken = form.get("refresh_token") ?? undefined;
      seen.arrived({ at: Date.now(), grantType: form.get("grant_type") ?? "", clientId, status, error: undefined, fault }, refreshToken);
    },
  });
  const askedFor = (code: string): Readonly<Record<string, unknown>> => asked.get(code) ?? {};
  const chooseAccount = new interactionPolicy.Prompt({ name: "select_account", requestable: true });
  const prompts = [chooseAccount, ...interactionPolicy.base()];
  const configuration = await oidcConfiguration({ store, people, shape, rules, askedFor, claimsInIdToken, prompts, port: new URL(door.origin).port });
  const provider = new Provider(door.origin, configuration);
  provider.on("authorization.success", (context, { code }) => {
    if (code !== undefined) asked.set(code, { ...context.oidc?.params });
  });
  provider.on("server_error", (_context, error) => process.stderr.write(`the provider of a test failed: ${String(error.stack)}\n`));
  provider.use(async (context, next) => {
    const at = Date.now();
    await next();
    const isRefresh = context.oidc?.body?.grant_type === "refresh_token";
    if (context.path === shape.routes.token) {
      noteTokens(seen, store, context, at);
      if (rules.omitRefreshToken && isRefresh) leaveOutRefreshToken(context);
    }
    shape.finish(context, { isRefresh });
  });
  const answer = provider.callback();
  door.serve((request, response, fault) => {
    const serve = async (): Promise<void> => {
      const path = (request.url ?? "/").split("?")[0] ?? "/";
      if (isInteraction(path)) return answerInteraction({ provider, people, grants }, request, response);
      if ((await intercept?.({ store, door, shape }, request, response)) === true) return;
      const authentication = basicCredentials(request.headers.authorization) === undefined ? "client_secret_post" : "client_secret_basic";
      store.underWay.run({ authentication, fault }, () => answer(request, response));
    };
    serve().catch((error: unknown) => response.writeHead(400, { "content-type": "text/plain" }).end(String(error)));
  });
  return { door, shape, faults, people, store, requests: seen.all, tokens: seen.tokens };
}

/** Takes the refresh token out of an answer. */
export function leaveOutRefreshToken(context: Context): void {
  if (!isObject(context.body)) return;
  const { refresh_token: _left, ...rest } = context.body;
  context.body = rest;
}

function noteTokens(seen: TokenRequests, store: OidcStore, { oidc, status, body }: Context, at: number): void {
  const form = oidc?.body ?? {};
  const presented = typeof form.refresh_token === "string" ? form.refresh_token : undefined;
  const answered = isObject(body) ? body : {};
  const issued = typeof answered.refresh_token === "string" ? answered.refresh_token : undefined;
  const access = typeof answered.access_token === "string" ? answered.access_token : "";
  const person = store.tokenOwner(access)?.sub;
  for (const name of ["access_token", "refresh_token", "id_token"]) if (typeof answered[name] === "string") seen.tokens.push(answered[name]);
  if (issued !== undefined && person !== undefined) seen.issued(issued, person, presented);
  const clientId = oidc?.client?.clientId ?? (typeof form.client_id === "string" ? form.client_id : undefined);
  const error = typeof answered.error === "string" ? answered.error : undefined;
  seen.arrived({ at, grantType: typeof form.grant_type === "string" ? form.grant_type : "", clientId, status, error, fault: store.underWay.getStore()?.fault, parameters: Object.keys(form) }, presented, person);
}
