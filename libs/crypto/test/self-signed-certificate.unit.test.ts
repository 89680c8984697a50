import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createSelfSignedCertificate } from "../src/index.ts";

const from = Date.UTC(2026, 10, 23, 10, 2, 58);
const until = Date.UTC(2027, 10, 23, 10, 2, 58);
const make = (hosts: readonly string[], times = { from, until }) => {
  const made = createSelfSignedCertificate({ hosts, ...times });
  return { ...made, read: new X509Certificate(made.certificate) };
};

describe("a self-signed certificate", () => {
  it("is signed by its own key, which comes with it", () => {
    const { read, privateKey } = make(["localhost"]);
    expect(read.verify(read.publicKey)).toBe(true);
    expect(read.issuer).toBe(read.subject);
    expect(read.checkPrivateKey(createPrivateKey(privateKey.reveal()))).toBe(true);
  });

  it("is good for its hosts and for no other", () => {
    const { read } = make(["localhost", "127.0.0.1", "::1", "fd00:0:0::1:2", "nas.internal"]);
    expect(read.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:FD00:0:0:0:0:0:1:2, DNS:nas.internal");
    expect(["localhost", "nas.internal", "example.com", "127.0.0.1"].map((host) => read.checkHost(host) !== undefined)).toEqual([true, true, false, false]);
    expect(["127.0.0.1", "::1", "fd00::1:2", "127.0.0.2"].map((address) => read.checkIP(address) !== undefined)).toEqual([true, true, true, false]);
  });

  it("is a server's, and can vouch for no other certificate", () => {
    const { read } = make(["localhost"]);
    expect(read.ca).toBe(false);
    expect(read.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
  });

  it.each([
    ["this century's first half, as UTCTime", from, until],
    ["the second half, as GeneralizedTime", Date.UTC(2049, 11, 31, 23, 59, 59), Date.UTC(2050, 0, 1)],
  ])("is valid from and until when it was said to be: %s", (_, begins, ends) => {
    const { read } = make(["localhost"], { from: begins, until: ends });
    expect([read.validFromDate.getTime(), read.validToDate.getTime()]).toEqual([begins, ends]);
  });

  it("has a name, a serial number and a key of its own", () => {
    const [one, other] = [make(["localhost"]).read, make(["localhost"]).read];
    expect(one.subject).not.toBe(other.subject);
    expect(one.serialNumber).not.toBe(other.serialNumber);
    expect(one.publicKey.equals(other.publicKey)).toBe(false);
  });

  it("has room for many hosts", () => {
    const hosts = Array.from({ length: 100 }, (_, index) => `host-${index}.internal`);
    expect(make(hosts).read.subjectAltName?.split(", ")).toHaveLength(100);
  });
});
