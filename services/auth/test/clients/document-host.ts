import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { createTestCertificate, startWebHost, type WebHost } from "@mcp-auth-proxy/testing";

type Fields = Readonly<Record<string, unknown>>;

/** A client's own https host on loopback, with a document that a test can change under the gateway's hands. */
export interface DocumentHost extends AsyncDisposable {
  readonly clientId: string;
  readonly shownHost: string;
  readonly requests: readonly string[];
  /** What the document says from now on, over the least there has to be. */
  document: Fields;
  /** How it is answered from now on. */
  answer: { readonly status: number; readonly headers: Readonly<Record<string, string>> };
}

export const callback = "http://127.0.0.1:9/callback";

export const startDocumentHost = async (path = "/client.json"): Promise<DocumentHost> => {
  const certificate = createTestCertificate();
  setDefaultCACertificates([...getCACertificates("default"), certificate.certificate]);
  let clientId = "";
  const state: { document: Fields; answer: DocumentHost["answer"] } = { document: {}, answer: { status: 200, headers: { "cache-control": "max-age=60" } } };
  const host: WebHost = await startWebHost(
    (_request, response) => {
      response.writeHead(state.answer.status, { "content-type": "application/json", ...state.answer.headers });
      response.end(JSON.stringify({ client_id: clientId, client_name: "Described client", redirect_uris: [callback], ...state.document }));
    },
    { certificate },
  );
  const shownHost = `localhost:${host.port}`;
  clientId = `https://${shownHost}${path}`;
  return Object.assign(state, { clientId, shownHost, requests: host.requests, [Symbol.asyncDispose]: () => host[Symbol.asyncDispose]() });
};
