import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TestClient } from "../client.ts";
import { assertionClaims, assertionParameters, basic, payloadOf, post, secretClient, Signer } from "../confidential.ts";
import { issuer, resource, startAuth, type RunningAuth } from "../running-auth.ts";

const trustedIssuer = "https://idp.example.com";
const signer = new Signer();
const idJag = { typ: "oauth-id-jag+jwt" };

let auth: RunningAuth;
let host: Server;
let origin: string;
let waiting: number;

/** One host for all of them: `/jwks` answers, `/slow` never does. */
beforeEach(async () => {
  waiting = 0;
  host = createServer((request, response) => {
    if (request.url?.startsWith("/slow") === true) waiting += 1;
    else response.setHeader("content-type", "application/json").end(JSON.stringify({ keys: [signer.publicJwk] }));
  });
  await new Promise<void>((resolve) => void host.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
  const keys = { jwksUri: `${origin}/jwks` };
  auth = await startAuth({
    config: {
      clients: [
        secretClient("signs", { authentication: { method: "private_key_jwt", keys } }),
        secretClient("brings", { grantTypes: ["urn:ietf:params:oauth:grant-type:jwt-bearer"] }),
      ],
      idJagIssuers: [{ issuer: trustedIssuer, keys }],
    },
  });
});
afterEach(async () => {
  await auth.stop();
  host.closeAllConnections();
  await new Promise<void>((resolve) => void host.close(() => resolve()));
});

const prove = async (clientId: string) =>
  post(auth, "/token", { grant_type: "client_credentials", resource, ...assertionParameters(await signer.sign(assertionClaims(auth, clientId))) });

/** Eight clients that anybody may register, each with keys that never come. */
const occupy = async (): Promise<readonly ReturnType<typeof prove>[]> => {
  const asked: ReturnType<typeof prove>[] = [];
  for (let count = 0; count < 8; count += 1) {
    const { clientId } = await TestClient.register(auth, {
      redirect_uris: ["https://app.example.com/cb"],
      token_endpoint_auth_method: "private_key_jwt",
      jwks_uri: `${origin}/slow/${count}`,
    });
    asked.push(prove(clientId));
  }
  await vi.waitFor(() => expect(waiting).toBeGreaterThanOrEqual(4));
  return asked;
};

describe("strangers whose keys never come", () => {
  it("do not keep the operator's clients from being known", async () => {
    const asked = await occupy();
    expect((await prove("signs")).status).toBe(200);
    host.closeAllConnections();
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(Array(8).fill(401));
  });

  it("do not keep a trusted issuer's word from being taken", async () => {
    const asked = await occupy();
    const claims = assertionClaims(auth, "brings", { iss: trustedIssuer, sub: "person", aud: issuer, client_id: "brings", resource, scope: "mcp-access" });
    const answer = await post(auth, "/token", { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: await signer.sign(claims, idJag) }, basic("brings"));
    expect(answer.status).toBe(200);
    expect(payloadOf(answer.body["access_token"])).toMatchObject({ client_id: "brings" });
    host.closeAllConnections();
    await Promise.all(asked);
  });
});
