import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestCertificate, type Discovery, discover, type Gateway, OAuthClient, robotRedirectUri, startWebHost, type WebHost } from "@mcp-auth-proxy/testing";
import { afterAll, beforeAll } from "vitest";

type Fields = Readonly<Record<string, unknown>>;

/** The web site of clients that are described by documents, on https and loopback. */
export interface ClientSite {
  readonly port: number;
  readonly requests: readonly string[];
  /** Answers at a path from now on; says its URL. */
  at(path: string, listener: RequestListener): string;
  /** Serves a document at a path from now on, with the least there has to be under `fields`; says the client's id. */
  document(path: string, fields?: Fields, headers?: Readonly<Record<string, string>>): string;
}

/** A site for all tests of a file, and what a gateway has to be launched with to trust it. */
export function useClientSite(): { readonly environment: Readonly<Record<string, string>>; readonly site: () => ClientSite } {
  const certificate = createTestCertificate(["localhost"]);
  const folder = mkdtempSync(join(tmpdir(), "client-site-"));
  const authorities = join(folder, "authorities.pem");
  writeFileSync(authorities, certificate.certificate);
  const pages = new Map<string, RequestListener>();
  let host: WebHost | undefined;
  let site: ClientSite | undefined;

  beforeAll(async () => {
    const started = await startWebHost((request, response) => {
      const page = pages.get(request.url ?? "");
      if (page === undefined) response.writeHead(404).end();
      else page(request, response);
    }, { certificate });
    host = started;
    const at: ClientSite["at"] = (path, listener) => {
      pages.set(path, listener);
      return `https://localhost:${started.port}${path}`;
    };
    const document: ClientSite["document"] = (path, fields = {}, headers = {}) => {
      const clientId = `https://localhost:${started.port}${path}`;
      const body = JSON.stringify({ client_id: clientId, client_name: "Described client", redirect_uris: [robotRedirectUri], ...fields });
      return at(path, (_request, response) => response.writeHead(200, { "content-type": "application/json", ...headers }).end(body));
    };
    site = { port: started.port, requests: started.requests, at, document };
  });
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    environment: { NODE_EXTRA_CA_CERTS: authorities },
    site: () => {
      if (site === undefined) throw new Error("the site is only there while tests run");
      return site;
    },
  };
}

/** A client by its document, as strictly as a client that saw `client_id_metadata_document_supported` (A2.8). */
export async function describedClient(gateway: Gateway, clientId: string, redirectUri = robotRedirectUri): Promise<OAuthClient> {
  const discovery: Discovery = await discover(gateway.mcpUrl);
  if (discovery.metadata.client_id_metadata_document_supported !== true) throw new Error("documents are not announced");
  return new OAuthClient(discovery, clientId, redirectUri);
}
