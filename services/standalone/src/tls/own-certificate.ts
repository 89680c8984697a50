import { readFile, stat } from "node:fs/promises";
import { err, ok, type Result } from "@mcp-auth-proxy/contracts";
import { Secret } from "@mcp-auth-proxy/crypto";
import { isErrno } from "../errno.ts";
import { checkPair, type CertificateSource } from "./certificate-source.ts";

const maxBytes = 1_048_576;

const readText = async (setting: string, path: string): Promise<Result<Secret<string>, string>> => {
  try {
    if ((await stat(path)).size > maxBytes) return err(`${setting} names a file larger than the 1 MiB that it may have`);
    return ok(Secret.of(await readFile(path, "utf8")));
  } catch (cause) {
    if (isErrno(cause)) return err(`${setting} names ${JSON.stringify(path)}, which can not be read (${cause.code})`);
    throw cause;
  }
};

/** TLS_CERT and TLS_KEY: files that somebody else makes and renews. Names may be links, as certbot's and Kubernetes' are. */
export const ownCertificate = (paths: { readonly certificate: string; readonly key: string }): CertificateSource => ({
  read: async () => {
    const [certificate, key] = [await readText("TLS_CERT", paths.certificate), await readText("TLS_KEY", paths.key)];
    if (!certificate.ok) return certificate;
    if (!key.ok) return key;
    return checkPair({ certificate: certificate.value.reveal(), privateKey: key.value }, { certificate: `TLS_CERT (${paths.certificate})`, key: `TLS_KEY (${paths.key})` });
  },
});
