import { createProviderOutbound } from "@mcp-auth-proxy/http";
import { createLog } from "@mcp-auth-proxy/telemetry";
import { createFakeClock, startWebHost, type WebHost } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import type { RefreshedProvider } from "../../src/config.ts";
import { createTokenEndpoints, type TokenEndpoints } from "../../src/upstream/endpoints.ts";

const log = createLog({ level: "error", format: "json", destination: { write: () => true } });
const clock = createFakeClock();
const hour = 3_600_000;

const providerAt = (issuer: string): RefreshedProvider => ({ id: "idp", issuer, clientId: "gateway", clientAuthentication: "client_secret_basic" });
const endpointsFor = (issuer: string): TokenEndpoints =>
  createTokenEndpoints({ outbound: createProviderOutbound({ configured: [issuer], limits: { atOnce: 9, perHost: 9 }, log, resolve: async () => ["10.0.0.7"] }), clock });

const found = (issuer: string) => ({ url: `${issuer}/t`, authentication: "client_secret_basic" });

interface Metadata {
  status: number;
  text: string;
}

const startIssuer = async (metadata: (origin: string) => unknown): Promise<{ readonly host: WebHost; readonly issuer: string; readonly answer: Metadata }> => {
  const answer: Metadata = { status: 200, text: "" };
  const host = await startWebHost((_request, response) => response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.text));
  const issuer = `http://127.0.0.1:${host.port}`;
  answer.text = JSON.stringify(metadata(issuer));
  return { host, issuer, answer };
};

describe("a token endpoint that is found by its issuer", () => {
  it("is asked for once an hour, however many need it, and kept while the metadata is away", async () => {
    const { host, issuer, answer } = await startIssuer((origin) => ({ issuer: origin, token_endpoint: `${origin}/t` }));
    await using _host = host;
    const endpoints = endpointsFor(issuer);
    const provider = providerAt(issuer);
    expect(await Promise.all([endpoints.of(provider), endpoints.of(provider)])).toEqual([found(issuer), found(issuer)]);
    expect(await endpoints.of(provider)).toEqual(found(issuer));
    expect(host.requests).toEqual(["GET /.well-known/openid-configuration"]);
    clock.advance(hour);
    answer.status = 503;
    expect(await endpoints.of(provider)).toEqual(found(issuer));
    expect(host.requests).toHaveLength(2);
  });

  it("is found with one slash more or less at the issuer's end", async () => {
    const { host, issuer } = await startIssuer((origin) => ({ issuer: `${origin}/`, token_endpoint: `${origin}/t` }));
    await using _host = host;
    expect(await endpointsFor(issuer).of(providerAt(issuer))).toEqual(found(issuer));
  });

  it.each([
    [["client_secret_post", "private_key_jwt"], "client_secret_post"],
    [["client_secret_post", "client_secret_basic"], "client_secret_basic"],
    [["private_key_jwt"], "client_secret_basic"],
    ["client_secret_post", "client_secret_basic"],
    [undefined, "client_secret_basic"],
  ])("is given our secret as it wants it: of %j %s", async (methods, authentication) => {
    const { host, issuer } = await startIssuer((origin) => ({ issuer: origin, token_endpoint: `${origin}/t`, token_endpoint_auth_methods_supported: methods }));
    await using _host = host;
    expect(await endpointsFor(issuer).of(providerAt(issuer))).toMatchObject({ authentication });
  });

  it.each<[string, (origin: string) => unknown]>([
    ["the metadata is another issuer's (B02)", (origin) => ({ issuer: "https://evil.example", token_endpoint: `${origin}/t` })],
    ["it is on this machine, and the operator has not put it there (B01)", (origin) => ({ issuer: origin, token_endpoint: "http://127.0.0.1:1/t" })],
    ["it is no https URL (B03)", (origin) => ({ issuer: origin, token_endpoint: "file:///etc/passwd" })],
    ["there is none", (origin) => ({ issuer: origin })],
    ["it is no text", (origin) => ({ issuer: origin, token_endpoint: 7 })],
    ["the metadata is no object", () => null],
  ])("is not used when %s", async (_, metadata) => {
    const { host, issuer } = await startIssuer(metadata);
    await using _host = host;
    await expect(endpointsFor(issuer).of(providerAt(issuer))).rejects.toMatchObject({ code: "unavailable" });
  });
});
