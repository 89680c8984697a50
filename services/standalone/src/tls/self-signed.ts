import { existsSync, readFileSync } from "node:fs";
import { err, ok, type Clock, type Result } from "@mcp-auth-proxy/contracts";
import { createSelfSignedCertificate, Secret } from "@mcp-auth-proxy/crypto";
import type { CertificatePair } from "@mcp-auth-proxy/http";
import type { DataFiles } from "../data/data-directory.ts";
import { writeDurably } from "../data/durable-file.ts";
import { isErrno } from "../errno.ts";
import { certificateFacts, checkPair, type CertificateSource } from "./certificate-source.ts";

const dayMs = 86_400_000;
const lifeMs = 365 * dayMs;
const renewBeforeMs = 30 * dayMs;
/** For clients whose clock is behind. */
const earlierMs = dayMs;

export interface SelfSignedOptions {
  readonly hosts: readonly string[];
  readonly files: Pick<DataFiles, "tlsCertificate" | "tlsKey">;
  readonly clock: Clock;
}

/** Undefined where there is none, half of one (a crash between the two files) or a damaged one. */
const readKept = ({ files }: SelfSignedOptions): CertificatePair | undefined => {
  if (!existsSync(files.tlsCertificate) || !existsSync(files.tlsKey)) return undefined;
  const kept = { certificate: readFileSync(files.tlsCertificate, "utf8"), privateKey: Secret.of(readFileSync(files.tlsKey, "utf8")) };
  const checked = checkPair(kept, { certificate: files.tlsCertificate, key: files.tlsKey });
  return checked.ok ? checked.value : undefined;
};

const isGood = (pair: CertificatePair, { hosts, clock }: SelfSignedOptions): boolean => {
  const { validFrom, validUntil, covers } = certificateFacts(pair);
  const now = clock.now();
  return validFrom <= now && validUntil - now > renewBeforeMs && hosts.every(covers);
};

const make = ({ hosts, files, clock }: SelfSignedOptions): CertificatePair => {
  const now = clock.now();
  const made = createSelfSignedCertificate({ hosts, from: now - earlierMs, until: now + lifeMs });
  writeDurably(files.tlsKey, made.privateKey.reveal());
  writeDurably(files.tlsCertificate, made.certificate);
  return made;
};

const keptOrMade = (options: SelfSignedOptions): Result<CertificatePair, string> => {
  try {
    const kept = readKept(options);
    return ok(kept !== undefined && isGood(kept, options) ? kept : make(options));
  } catch (cause) {
    if (isErrno(cause)) return err(`the self-signed certificate can not be kept in ${options.files.tlsCertificate} (${cause.code})`);
    throw cause;
  }
};

/**
 * A certificate of the gateway's own, kept in the data directory so that whoever trusts it goes on doing so; made anew a
 * month before it expires, when it is damaged, or when the host is another.
 */
export const selfSignedCertificate = (options: SelfSignedOptions): CertificateSource => ({ read: () => Promise.resolve(keptOrMade(options)) });
