import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";

/** PEM. Trusted by whoever lists `certificate` among its authorities: it signed itself. */
export interface TestCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const length = body.length < 128 ? [body.length] : body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const objectId = (hex: string): Buffer => der(0x06, Buffer.from(hex, "hex"));
const utcTime = (at: Date): Buffer => der(0x17, Buffer.from(`${at.toISOString().replaceAll(/\D/g, "").slice(2, 14)}Z`));

const ecdsaWithSha256 = sequence(objectId("2a8648ce3d040302"));
/** A name of its own for each: of several trusted ones with one name, the wrong one may be looked at. */
const ownName = (): Buffer => sequence(der(0x31, sequence(objectId("550403"), der(0x0c, Buffer.from(`test ${randomBytes(8).toString("hex")}`)))));

const addressBytes = (address: string): Buffer => {
  if (isIP(address) === 4) return Buffer.from(address.split(".").map(Number));
  if (address === "::1") return Buffer.concat([Buffer.alloc(15), Buffer.from([1])]);
  throw new Error(`${address} is not an address this knows how to write`);
};

const alternativeName = (host: string): Buffer => (isIP(host) === 0 ? der(0x82, Buffer.from(host)) : der(0x87, addressBytes(host)));

const extensions = (hosts: readonly string[]): Buffer =>
  sequence(
    sequence(objectId("551d13"), der(0x01, Buffer.from([255])), der(0x04, sequence(der(0x01, Buffer.from([255]))))),
    sequence(objectId("551d11"), der(0x04, sequence(...hosts.map(alternativeName)))),
  );

/** A certificate for names and addresses of this machine (RFC 5280 section 4.1), made without any program of the system. */
export function createTestCertificate(hosts: readonly string[] = ["localhost", "127.0.0.1", "127.0.0.2", "::1"]): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const day = 86_400_000;
  const name = ownName();
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1]), randomBytes(8)),
    ecdsaWithSha256,
    name,
    sequence(utcTime(new Date(Date.now() - day)), utcTime(new Date(Date.now() + 7 * day))),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, extensions(hosts)),
  );
  const signature = der(0x03, Buffer.from([0]), sign("sha256", body, privateKey));
  const base64 = sequence(body, ecdsaWithSha256, signature).toString("base64");
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g)?.join("\n")}\n-----END CERTIFICATE-----\n`,
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
