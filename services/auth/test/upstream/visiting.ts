import type { Clock } from "@mcp-auth-proxy/contracts";
import { Secret } from "@mcp-auth-proxy/crypto";
import { createProviderOutbound, outboundLimits } from "@mcp-auth-proxy/http";
import { createLog } from "@mcp-auth-proxy/telemetry";
import { FormRobot } from "@mcp-auth-proxy/testing";
import type { Redeemed, UpstreamClient, VisitRequest, VisitSecrets } from "../../src/upstream/upstream-client.ts";
import { configuredAddresses, createUpstreamClients } from "../../src/upstream/upstream-clients.ts";
import type { UpstreamProvider } from "../../src/upstream/upstream-provider.ts";
import type { AccessRule } from "../../src/validate/access-rules.ts";

export const callbackUrl = "http://127.0.0.1:9/auth/callback";
export const registered = { clientId: "gateway", clientSecret: "shared-with-the-gateway", redirectUris: [callbackUrl] };
export const common = { displayName: "Provider", client: { id: registered.clientId, secret: Secret.of(registered.clientSecret) }, scopes: [], allowed: [] } as const;
export const secrets: VisitSecrets = { state: "the-state-of-this-visit", nonce: "the-nonce-of-this-visit", verifier: "v".repeat(43) };
export const asked: VisitRequest = { ...secrets, redirectUri: callbackUrl, scopes: [], keeps: false, asksConsent: false, asksAccount: false };

const log = createLog({ level: "error", format: "json", destination: { write: () => true } });
const systemClock: Clock = { now: () => Date.now() };

export const clientFor = (provider: UpstreamProvider, rules: readonly AccessRule[] = [], clock: Clock = systemClock): UpstreamClient => {
  const outbound = createProviderOutbound({ configured: configuredAddresses([provider]), limits: outboundLimits, log });
  return createUpstreamClients({ policy: { allowed: rules, providers: [provider], resources: [] }, outbound, clock }).clientOf(provider);
};

/** A person goes where we send them, and comes back. */
export const callbackFrom = async (client: UpstreamClient, person: string, request: Partial<VisitRequest> = {}, robot = new FormRobot()): Promise<URL> =>
  robot.walk(await client.authorizationUrl({ ...asked, ...request }), callbackUrl, { person });

export const signInAt = async (client: UpstreamClient, person: string, request: Partial<VisitRequest> = {}, robot = new FormRobot()): Promise<Redeemed> =>
  client.redeem(await callbackFrom(client, person, request, robot), secrets);

/** What a redemption fails with. */
export const failureOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return "none";
  } catch (error) {
    return error instanceof Error && "failure" in error ? String(error.failure) : String(error);
  }
};
