import { robotRedirectUri, signIn, tokensIn, waitFor } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { openAuthorization } from "../support/authorization-outcome.ts";
import { describedClient, useClientSite } from "../support/client-site.ts";
import { expectAccess } from "../support/expect-access.ts";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

const stolen = "https://client.example/stolen";
const year = { "cache-control": "public, max-age=31536000, immutable", etag: "*" };

// That a year is cut to an hour takes an hour to see: services/auth looks at it with a clock that moves by hand.
describe("A12 a document", () => {
  const { environment, site } = useClientSite();
  const gateway = useGateway({ environment });
  const askedFor = (path: string): number => site().requests.filter((request) => request === `GET ${path}`).length;

  it("is asked for once while it is fresh", async () => {
    const client = await describedClient(gateway(), site().document("/fresh", {}, { "cache-control": "max-age=600" }));
    const { tokens } = await signIn(gateway(), client);
    expect((await openAuthorization(client, {})).status).toBe(200);
    tokensIn(await client.refresh(tokens.refreshToken));
    expect(askedFor("/fresh")).toBe(1);
  });

  it.each<[why: string, spoil: (path: string) => void]>([
    ["invalid", (path) => site().document(path, { client_secret: "s" }, year)],
    ["another client's", (path) => site().document(path, { client_id: "https://client.example/doc" }, year)],
    ["not there", (path) => site().at(path, (_request, response) => response.writeHead(404, year).end())],
    ["gone", (path) => site().at(path, (_request, response) => response.writeHead(410, year).end())],
    ["broken", (path) => site().at(path, (_request, response) => response.writeHead(500, year).end())],
    ["not modified, which nobody asked", (path) => site().at(path, (_request, response) => response.writeHead(304, year).end())],
    ["somewhere else", (path) => site().at(path, (_request, response) => response.writeHead(301, { ...year, location: "/fresh" }).end())],
  ])("that was %s for a year is good as soon as it is right", async (why, spoil) => {
    const path = `/was-${encodeURIComponent(why.replaceAll(" ", "-"))}`;
    spoil(path);
    const client = await describedClient(gateway(), `https://localhost:${site().port}${path}`);
    const before = recordedState(gateway());
    expect((await openAuthorization(client, {})).status).toBe(400);
    expect(recordedState(gateway())).toBe(before);
    site().document(path);
    const { tokens } = await signIn(gateway(), client);
    await expectAccess(gateway(), tokens);
  });

  it("is asked for without conditions: no ETag of its own decides what we know", async () => {
    const seen: (string | undefined)[] = [];
    const clientId = site().document("/conditions");
    const body = JSON.stringify({ client_id: clientId, client_name: "Described client", redirect_uris: [robotRedirectUri] });
    site().at("/conditions", (request, response) => {
      seen.push(request.headers["if-none-match"], request.headers["if-modified-since"]);
      response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store", etag: "*" }).end(body);
    });
    const client = await describedClient(gateway(), clientId);
    await waitFor("the document to be asked for again", async () => {
      expect((await openAuthorization(client, {})).status).toBe(200);
      return seen.length > 2;
    }, { limitMs: 30_000, everyMs: 500 });
    expect(new Set(seen)).toEqual(new Set([undefined]));
  });

  it("that takes a redirect URI back is believed, at the lower bound where it says so", async () => {
    const now = { "cache-control": "no-store" };
    const client = await describedClient(gateway(), site().document("/rotated", { redirect_uris: [robotRedirectUri, stolen] }, now));
    expect((await openAuthorization(client, { redirect_uri: stolen })).status).toBe(200);
    site().document("/rotated", {}, now);
    await waitFor("the redirect URI to be gone", async () => (await openAuthorization(client, { redirect_uri: stolen })).status === 400, { limitMs: 30_000, everyMs: 500 });
    const { tokens } = await signIn(gateway(), client);
    await expectAccess(gateway(), tokens);
  });
});
