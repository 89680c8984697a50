import type { Result } from "@mcp-auth-proxy/contracts";
import { sha256 } from "@mcp-auth-proxy/crypto";
import type { CertificatePair } from "@mcp-auth-proxy/http";
import type { Log } from "@mcp-auth-proxy/telemetry";
import { certificateFacts, type CertificateSource } from "./certificate-source.ts";

export interface CertificateWatch {
  /** Twice is safe. */
  stop(): void;
}

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

/**
 * Looks at the source again and again: notifications of the file system miss links that are turned, network file systems
 * and mounted secrets. A change counts when two looks agree, because certificate and key are written one after the other.
 */
export const watchCertificate = ({ source, current, apply, log, everyMs = 2_000 }: WatchOptions): CertificateWatch => {
  let handled = nameOf({ ok: true, value: current });
  let seen = handled;
  let stopped = false;

  const handle = (found: Result<CertificatePair, string>): void => {
    if (!found.ok) return log.error({ problem: found.error }, "the changed certificate can not be used: the former one stays");
    apply(found.value);
    const { fingerprint, validUntil } = certificateFacts(found.value);
    log.info({ fingerprint, validUntil: new Date(validUntil).toISOString() }, "new connections get another certificate");
  };

  const look = async (): Promise<void> => {
    const found = await source.read();
    const name = nameOf(found);
    if (name === seen && name !== handled) {
      handled = name;
      handle(found);
    }
    seen = name;
  };

  let timer: NodeJS.Timeout | undefined;
  const lookLater = (): void => {
    timer = setTimeout(() => {
      void look()
        .catch((error: unknown) => log.error({ err: error }, "looking at the certificate failed"))
        .finally(() => stopped || lookLater());
    }, everyMs);
    timer.unref();
  };
  lookLater();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
};
