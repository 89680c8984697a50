import type { Result } from "@mcp-auth-proxy/contracts";
import { sha256 } from "@mcp-auth-proxy/crypto";
import type { CertificatePair } from "@mcp-auth-proxy/http";
import type { Log } from "@mcp-auth-proxy/telemetry";
import { type Watch, watchChanges } from "../watch-changes.ts";
import { certificateFacts, type CertificateSource } from "./certificate-source.ts";

export interface WatchOptions {
  readonly source: CertificateSource;
  /** The pair in use. */
  readonly current: CertificatePair;
  /** Puts another pair in use. */
  readonly apply: (pair: CertificatePair) => void;
  readonly log: Log;
  /** Between two looks. */
  readonly everyMs?: number;
}

const nameOf = (found: Result<CertificatePair, string>): string =>
  found.ok ? sha256(`${found.value.certificate}\n${found.value.privateKey.reveal()}`) : found.error;

/** Certificate and key are written one after the other: a pair that does not fit for a moment is not looked at. */
export const watchCertificate = ({ source, current, apply, log, everyMs = 2_000 }: WatchOptions): Watch => {
  const handle = (found: Result<CertificatePair, string>): void => {
    if (!found.ok) return log.error({ problem: found.error }, "the changed certificate can not be used: the former one stays");
    apply(found.value);
    const { fingerprint, validUntil } = certificateFacts(found.value);
    log.info({ fingerprint, validUntil: new Date(validUntil).toISOString() }, "new connections get another certificate");
  };
  return watchChanges({
    read: () => source.read(),
    nameOf,
    current: nameOf({ ok: true, value: current }),
    handle,
    failed: (error) => log.error({ err: error }, "looking at the certificate failed"),
    everyMs,
  });
};
