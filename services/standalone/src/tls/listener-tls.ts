import type { ExternalUrl, TlsSetting } from "@mcp-auth-proxy/config";
import type { Clock } from "@mcp-auth-proxy/contracts";
import type { CertificatePair } from "@mcp-auth-proxy/http";
import type { Log } from "@mcp-auth-proxy/telemetry";
import type { DataFiles } from "../data/data-directory.ts";
import { StartError } from "../start-error.ts";
import { certificateFacts, type CertificateSource } from "./certificate-source.ts";
import { ownCertificate } from "./own-certificate.ts";
import { selfSignedCertificate } from "./self-signed.ts";
import type { Watch } from "../watch-changes.ts";
import { watchCertificate } from "./watch-certificate.ts";

/** What a person needs to trust a certificate that no authority vouches for. */
export interface SelfSignedFacts {
  readonly fingerprint: string;
  readonly file: string;
}

export interface ListenerTls {
  readonly pair: CertificatePair;
  readonly selfSigned?: SelfSignedFacts;
  /** Has `apply` called with each usable pair that takes the place of the one before. */
  watch(apply: (pair: CertificatePair) => void): Watch;
}

export interface ListenerTlsOptions {
  readonly setting: TlsSetting;
  readonly externalUrl: ExternalUrl;
  readonly files: DataFiles;
  readonly clock: Clock;
  readonly log: Log;
}

/** What clients would refuse an own certificate for, where the gateway would not notice. */
const warn = (pair: CertificatePair, { setting, externalUrl, clock, log }: ListenerTlsOptions): void => {
  if (setting.kind !== "files") return;
  const { validFrom, validUntil, covers } = certificateFacts(pair);
  const now = clock.now();
  if (now < validFrom || now >= validUntil) log.warn({ validFrom: new Date(validFrom).toISOString(), validUntil: new Date(validUntil).toISOString() }, "TLS_CERT is expired or not valid yet: clients will refuse it");
  if (!covers(externalUrl.host)) log.warn({ host: externalUrl.host }, "TLS_CERT is not for the host of EXTERNAL_URL: clients will refuse it");
};

const sourceOf = ({ setting, files, clock }: ListenerTlsOptions): CertificateSource =>
  setting.kind === "files" ? ownCertificate(setting) : selfSignedCertificate({ hosts: setting.hosts, files, clock });

/** Reads or makes the listener's certificate; one that can not be used ends the start. */
export const openListenerTls = async (options: ListenerTlsOptions): Promise<ListenerTls> => {
  const source = sourceOf(options);
  const read = await source.read();
  if (!read.ok) throw new StartError(options.setting.kind === "files" ? 2 : 1, [read.error]);
  const pair = read.value;
  warn(pair, options);
  return {
    pair,
    ...(options.setting.kind === "self-signed" ? { selfSigned: { fingerprint: certificateFacts(pair).fingerprint, file: options.files.tlsCertificate } } : {}),
    watch: (apply) =>
      watchCertificate({
        source,
        current: pair,
        apply: (next) => {
          apply(next);
          warn(next, options);
        },
        log: options.log,
      }),
  };
};
