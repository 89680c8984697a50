import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { assertionClaims, assertionParameters, post, secretClient, Signer } from "../confidential.ts";
import { resource, startAuth, type RunningAuth } from "../running-auth.ts";

let auth: RunningAuth;
let host: Server;
let published: readonly Signer[];
let requests: number;
const first = new Signer("first");
const next = new Signer("next");

beforeEach(async () => {
  published = [first];
  requests = 0;
  host = createServer((_request, response) => {
    requests += 1;
    response.setHeader("content-type", "application/json").end(JSON.stringify({ keys: published.map(({ publicJwk }) => publicJwk) }));
  });
  await new Promise<void>((resolve) => void host.listen(0, "127.0.0.1", resolve));
  const { port } = host.address() as AddressInfo;
  const keys = { jwksUri: `http://127.0.0.1:${port}/jwks` };
  auth = await startAuth({ config: { clients: [secretClient("job", { authentication: { method: "private_key_jwt", keys } })] } });
});
afterEach(async () => {
  await auth.stop();
  host.closeAllConnections();
  await new Promise<void>((resolve) => void host.close(() => resolve()));
});

const ask = async (signer: Signer) =>
  (await post(auth, "/token", { grant_type: "client_credentials", resource, ...assertionParameters(await signer.sign(assertionClaims(auth, "job"))) })).status;

describe("a client whose keys are at an address", () => {
  it("is known by the key that is there, asked for once", async () => {
    expect([await ask(first), await ask(first)]).toEqual([200, 200]);
    expect(requests).toBe(1);
  });

  it("may rotate: the new key counts at its first use, the old one until it is taken away", async () => {
    expect(await ask(first)).toBe(200);
    published = [first, next];
    auth.clock.advance(30_000);
    expect([await ask(next), await ask(first)]).toEqual([200, 200]);
    published = [next];
    auth.clock.advance(300_000);
    expect([await ask(first), await ask(next)]).toEqual([401, 200]);
  });

  it("is refused while its keys can not be had, and known again afterwards", async () => {
    published = [];
    expect(await ask(first)).toBe(401);
    published = [first];
    auth.clock.advance(30_000);
    expect(await ask(first)).toBe(200);
  });
});
