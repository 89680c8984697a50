import { resolve } from "node:path";
import type { ExternalUrl } from "./external-url.ts";
import { isPrivateHost } from "./private-host.ts";
import { tlsSettings } from "./settings/tls.ts";
import type { ValueReader } from "./value-reader.ts";

/** Where the listener's certificate comes from. Paths are absolute. */
export type TlsSetting =
  | { readonly kind: "files"; readonly certificate: string; readonly key: string }
  | { readonly kind: "self-signed"; readonly hosts: readonly string[] };

/** Own certificate: both files or none. */
const readFiles = ({ read, shown, problem, problems }: ValueReader, folder: string): TlsSetting | "none" | "broken" => {
  const problemsBefore = problems.length;
  const [certificate, key] = [read(tlsSettings.cert), read(tlsSettings.key)];
  if (problems.length > problemsBefore) return "broken";
  const [shownCertificate, shownKey] = [shown(tlsSettings.cert), shown(tlsSettings.key)];
  if (shownCertificate === undefined && shownKey === undefined) return "none";
  if (shownCertificate === undefined) problem(`${shownKey} is set and TLS_CERT is not: TLS takes both`);
  if (shownKey === undefined) problem(`${shownCertificate} is set and TLS_KEY is not: TLS takes both`);
  if (certificate === undefined || key === undefined) return "broken";
  return { kind: "files", certificate: resolve(folder, certificate), key: resolve(folder, key) };
};

const later = "a certificate from Let's Encrypt, which comes with a later version: set TLS_CERT and TLS_KEY, or leave it out and let an edge (Caddy, Traefik, nginx) end TLS";

/**
 * Whether the listener speaks TLS, and with what. Undefined where it does not: http, or https that ends at an edge. `url`
 * is undefined where EXTERNAL_URL can not be read; then only the values themselves are looked at.
 */
export const readTls = (reader: ValueReader, url: ExternalUrl | undefined, folder: string): TlsSetting | undefined => {
  const { read, shown } = reader;
  const files = readFiles(reader, folder);
  const [tls, acceptTos] = [read(tlsSettings.tls), read(tlsSettings.acceptTos) ?? false];
  if (files === "broken" || url === undefined) return undefined;
  const refuse = (sentence: string): undefined => {
    reader.problem(sentence);
    return undefined;
  };
  const asking = files !== "none" ? shown(tlsSettings.cert) : acceptTos ? shown(tlsSettings.acceptTos) : tls === true ? shown(tlsSettings.tls) : undefined;

  if (asking !== undefined && tls === false) return refuse(`${shown(tlsSettings.tls)} is false and ${asking} is set: keep one`);
  if (asking !== undefined && !url.secure) return refuse(`${asking} asks for TLS, and EXTERNAL_URL is ${url.base}: set EXTERNAL_URL=${url.base.replace("http:", "https:")}`);
  if (files !== "none") return files;
  if (!url.secure || tls === false) return undefined;
  const selfSigned: TlsSetting = { kind: "self-signed", hosts: [...new Set([url.host, "localhost", "127.0.0.1", "::1"])] };
  if (url.loopback) return selfSigned;
  if (asking === undefined) return undefined;
  if (!isPrivateHost(url.host)) return refuse(`${asking} without TLS_CERT asks for ${later}`);
  if (acceptTos) return selfSigned;
  return refuse(`${asking} without TLS_CERT: no public authority gives certificates for ${url.host}. Add TLS_ACCEPT_TOS to have one made here, or set TLS_CERT and TLS_KEY`);
};
