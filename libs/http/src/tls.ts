import type { RequestListener, Server as HttpServer } from "node:http";
import { createServer, Server, type ServerOptions } from "node:https";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import type { Secret } from "@mcp-auth-proxy/crypto";
import type { FastifyInstance } from "fastify";

/** A certificate with the chain behind it, and its key: both PEM. */
export interface CertificatePair {
  readonly certificate: string;
  readonly privateKey: Secret<string>;
}

/** TLS 1.2 and later, with forward secrecy and authenticated encryption only (RFC 9325 section 4.2). */
const contextOptions = ({ certificate, privateKey }: CertificatePair): SecureContextOptions => ({
  cert: certificate,
  key: privateKey.reveal(),
  minVersion: "TLSv1.2",
  ciphers: [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
  ].join(":"),
});

/** Throws where a TLS server could not use the pair, for example because the key is another certificate's. */
export const checkCertificatePair = (pair: CertificatePair): void => {
  createSecureContext(contextOptions(pair));
};

export const createTlsServer = (pair: CertificatePair, options: ServerOptions, listener: RequestListener): HttpServer =>
  createServer({ ...options, ...contextOptions(pair), ALPNProtocols: ["http/1.1"] }, listener);

/** New connections get this certificate; those that are open keep theirs. Throws, and changes nothing, where the pair can not be used. */
export const replaceCertificate = (app: FastifyInstance, pair: CertificatePair): void => {
  const server: unknown = app.server;
  if (!(server instanceof Server)) throw new TypeError("this app does not speak TLS");
  server.setSecureContext(contextOptions(pair));
};
