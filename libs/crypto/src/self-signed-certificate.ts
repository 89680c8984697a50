import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { isIP } from "node:net";
import { der, derBits, derNumber, derObjectId, derOctets, derSequence, derSet, derText, derTime, derTrue } from "./der.ts";
import { randomBytes } from "./random.ts";
import { Secret } from "./secret.ts";

/** Both as PEM. */
export interface SelfSignedCertificate {
  readonly certificate: string;
  readonly privateKey: Secret<string>;
}

export interface SelfSignedOptions {
  /** DNS names and IP addresses that it is good for; at least one. */
  readonly hosts: readonly string[];
  /** Epoch ms; whole seconds count. */
  readonly from: number;
  readonly until: number;
}

const ecdsaWithSha256 = derSequence(derObjectId("2a8648ce3d040302"));

const ipv6Bytes = (address: string): Buffer => {
  // `URL` writes every form in one way: no dotted quad, `::` at most once.
  const [head = "", tail = ""] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const groups = (text: string): readonly string[] => (text === "" ? [] : text.split(":"));
  const [front, back] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => "0");
  return Buffer.from([...front, ...zeros, ...back].map((group) => group.padStart(4, "0")).join(""), "hex");
};

/** GeneralName: dNSName or iPAddress (RFC 5280 section 4.2.1.6). */
const alternativeName = (host: string): Buffer => {
  const version = isIP(host);
  if (version === 0) return der(0x82, Buffer.from(host, "ascii"));
  return der(0x87, version === 4 ? Buffer.from(host.split(".").map(Number)) : ipv6Bytes(host));
};

/**
 * Good for these hosts as a server, and for nothing else: whoever trusts it trusts no other certificate by it, also not
 * one that a thief of its key would sign.
 */
const extensions = (hosts: readonly string[], keyId: Uint8Array): Buffer =>
  derSequence(
    derSequence(derObjectId("551d13"), derTrue, derOctets(derSequence())),
    derSequence(derObjectId("551d0f"), derTrue, derOctets(derBits(Buffer.from([0x80]), 7))),
    derSequence(derObjectId("551d25"), derOctets(derSequence(derObjectId("2b06010505070301")))),
    derSequence(derObjectId("551d11"), derOctets(derSequence(...hosts.map(alternativeName)))),
    derSequence(derObjectId("551d0e"), derOctets(derOctets(keyId))),
  );

const pem = (bytes: Buffer): string => `-----BEGIN CERTIFICATE-----\n${bytes.toString("base64").replaceAll(/.{1,64}/g, "$&\n")}-----END CERTIFICATE-----\n`;

/** A certificate that its own new P-256 key signed (RFC 5280 section 4.1), for servers whose clients are told to trust it. */
export const createSelfSignedCertificate = ({ hosts, from, until }: SelfSignedOptions): SelfSignedCertificate => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const keyInfo = publicKey.export({ type: "spki", format: "der" });
  const serial = randomBytes(16);
  // Positive and without a leading zero (RFC 5280 section 4.1.2.2).
  serial.writeUInt8((serial.readUInt8(0) & 0x3f) | 0x40, 0);
  // A name of its own: of several trusted ones with one name, verifiers may look at the wrong one only.
  const name = derSequence(derSet(derSequence(derObjectId("550403"), derText(`mcp-auth-proxy ${serial.toString("hex", 0, 8)}`))));
  // RFC 7093 section 2, method 1: of the key's bits, which end the structure and are 65 bytes for this curve.
  const keyId = createHash("sha256").update(keyInfo.subarray(-65)).digest().subarray(0, 20);
  const body = derSequence(
    der(0xa0, derNumber(Buffer.from([2]))),
    derNumber(serial),
    ecdsaWithSha256,
    name,
    derSequence(derTime(from), derTime(until)),
    name,
    keyInfo,
    der(0xa3, extensions(hosts, keyId)),
  );
  return {
    certificate: pem(derSequence(body, ecdsaWithSha256, derBits(sign("sha256", body, privateKey)))),
    privateKey: Secret.of(privateKey.export({ type: "pkcs8", format: "pem" }).toString()),
  };
};
