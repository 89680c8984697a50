import { setting } from "../setting.ts";
import { onOff, pemPath } from "../value-kinds.ts";

/** Whether the gateway itself speaks TLS, and with which certificate. */
export const tlsSettings = {
  tls: setting(onOff, {
    name: "TLS",
    fallback: "where EXTERNAL_URL is https on loopback, or a certificate is given",
    doc:
      "The gateway speaks TLS itself, with TLS_CERT and TLS_KEY or with a certificate that it makes (TLS_ACCEPT_TOS). `false`: something in front does. " +
      "Certificates from Let's Encrypt come with a later version.",
  }),
  cert: setting(pemPath, {
    name: "TLS_CERT",
    aliases: ["TLS_CERT_FILE"],
    fallback: "–",
    doc: "The path of your own certificate, PEM, with the chain behind it. It is read again when the file changes. It may not lie in the folder that is served.",
  }),
  key: setting(pemPath, {
    name: "TLS_KEY",
    aliases: ["TLS_KEY_FILE"],
    fallback: "–",
    doc: "The path of its key, PEM, without a passphrase. It may not lie in the folder that is served.",
  }),
  acceptTos: setting(onOff, {
    name: "TLS_ACCEPT_TOS",
    fallback: "false",
    doc:
      "Where EXTERNAL_URL is this machine or a private network: a self-signed certificate is made, kept in DATA_PATH and renewed. The start prints its fingerprint, and " +
      "what makes clients on Node trust it. An https EXTERNAL_URL on loopback does the same without it.",
  }),
} as const;
