import { createPrivateKey, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { checkCertificatePair, type CertificatePair } from "@mcp-auth-proxy/http";
import { isErrno } from "../errno.ts";

/** Where the listener's certificate comes from. It is asked again while the gateway runs. */
export interface CertificateSource {
  /** The pair as it is now, checked, or a sentence on why a server could not use it. */
  read(): Promise<Result<CertificatePair, string>>;
}

/** PKCS #8 (RFC 5958) and the older form (RFC 1421), in the clear part of the text. */
const isEncrypted = (key: string): boolean => /-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(key);

const keyProblem = (certificate: X509Certificate, key: string): string | undefined => {
  if (isEncrypted(key)) return "has a passphrase, which nobody could type here: give it without";
  try {
    return certificate.checkPrivateKey(createPrivateKey(key)) ? undefined : "is not the key of the certificate";
  } catch {
    return "holds no private key in PEM form";
  }
};

const parseCertificate = (pem: string): X509Certificate | undefined => {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
};

/** The pair, or why a TLS server could not use it. `names` are how the sentence calls the two. */
export const checkPair = (pair: CertificatePair, names: { readonly certificate: string; readonly key: string }): Result<CertificatePair, string> => {
  const certificate = parseCertificate(pair.certificate);
  if (certificate === undefined) return err(`${names.certificate} holds no certificate in PEM form`);
  const problem = keyProblem(certificate, pair.privateKey.reveal());
  if (problem !== undefined) return err(`${names.key} ${problem}`);
  try {
    checkCertificatePair(pair);
    return ok(pair);
  } catch (cause) {
    return err(`${names.certificate} can not be used for TLS (${isErrno(cause) ? cause.code : "unknown error"})`);
  }
};

/** What of a certificate people and clients look at. */
export interface CertificateFacts {
  /** SHA-256, as browsers show it. */
  readonly fingerprint: string;
  readonly validFrom: number;
  readonly validUntil: number;
  readonly covers: (host: string) => boolean;
}

export const certificateFacts = ({ certificate }: CertificatePair): CertificateFacts => {
  const read = new X509Certificate(certificate);
  return {
    fingerprint: read.fingerprint256,
    validFrom: read.validFromDate.getTime(),
    validUntil: read.validToDate.getTime(),
    covers: (host) => (isIP(host) === 0 ? read.checkHost(host) : read.checkIP(host)) !== undefined,
  };
};
