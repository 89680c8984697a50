import { createSelfSignedCertificate } from "@mcp-auth-proxy/crypto";

/** PEM. Trusted by whoever lists `certificate` among its authorities: it signed itself. */
export interface TestCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

const day = 86_400_000;

/** A certificate for names and addresses of this machine, good now and for a week. */
export function createTestCertificate(hosts: readonly string[] = ["localhost", "127.0.0.1", "127.0.0.2", "::1"]): TestCertificate {
  const { certificate, privateKey } = createSelfSignedCertificate({ hosts, from: Date.now() - day, until: Date.now() + 7 * day });
  return { certificate, privateKey: privateKey.reveal() };
}
