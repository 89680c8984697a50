import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, Gateway, gatewayFolders, registeredClient, smallServer } from "@mcp-auth-proxy/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useClientSite } from "../support/client-site.ts";
import { type AuthorizationRun, callbackUri, runAuthorizationSuite } from "./authorization-suite.ts";

const { environment, site } = useClientSite();
let gateway: Gateway;
let port: number;

beforeAll(async () => {
  port = await freePort();
  const folders = gatewayFolders();
  const own = join(folders.root, "clients");
  mkdirSync(own);
  const known = { client_id: "official-suite", client_name: "Official suite", redirect_uris: [callbackUri(port)], token_endpoint_auth_method: "none" };
  writeFileSync(join(own, "clients.json"), JSON.stringify({ clients: [known] }));
  gateway = await Gateway.launch({ command: smallServer, folders, environment: { ...environment, CLIENTS_CONFIG: join(own, "clients.json") } });
});
afterAll(() => gateway[Symbol.asyncDispose]());

function expectWhole({ output, exitCode, askedForPerson, checks }: AuthorizationRun): void {
  expect(askedForPerson, output).toBe(true);
  expect(checks.filter(({ status }) => status !== "SUCCESS"), output).toEqual([]);
  expect(checks.map(({ id }) => id).toSorted()).toEqual(["authorization-code-grant", "authorization-server-metadata", "authorization-server-metadata-cimd"]);
  expect(output).toMatch(/\b3 passed, 0 failed\b/);
  expect(exitCode).toBe(0);
}

describe("the official suite for authorization servers, against the gateway", () => {
  it("passes whole with a client that the operator named", async () => {
    expectWhole(await runAuthorizationSuite(gateway.baseUrl, port, gateway, ["--client-id", "official-suite"]));
  });

  it("passes whole with a client that registered itself", async () => {
    const { clientId } = await registeredClient(gateway, callbackUri(port));
    expectWhole(await runAuthorizationSuite(gateway.baseUrl, port, gateway, ["--client-id", clientId]));
  });

  it("passes whole with a client that a document on https describes", async () => {
    const clientId = site().document("/suite.json", { redirect_uris: [callbackUri(port)] });
    expectWhole(await runAuthorizationSuite(gateway.baseUrl, port, gateway, ["--client-id", clientId]));
    expect(site().requests).toEqual(["GET /suite.json"]);
  });

  it("does not pass, and says so, without a client: the suite itself ends well then, with the grant left out", async () => {
    const run = await runAuthorizationSuite(gateway.baseUrl, port, gateway, []);
    expect([run.exitCode, run.askedForPerson]).toEqual([0, false]);
    expect(() => expectWhole(run)).toThrow();
  });
});
