import { X509Certificate } from "node:crypto";
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createFakeClock } from "@mcp-auth-proxy/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { dataFiles, type DataFiles } from "../../src/data/data-directory.ts";
import { certificateFacts } from "../../src/tls/certificate-source.ts";
import { selfSignedCertificate } from "../../src/tls/self-signed.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const day = 86_400_000;
const hosts = ["localhost", "127.0.0.1", "::1"];
let clock = createFakeClock();
let folder = "";
let files: DataFiles;
beforeEach(() => {
  clock = createFakeClock();
  folder = temporaryFolder();
  files = dataFiles(folder);
});

const read = async (forHosts: readonly string[] = hosts): Promise<string> => {
  const result = await selfSignedCertificate({ hosts: forHosts, files, clock }).read();
  if (!result.ok) throw new Error(result.error);
  return certificateFacts(result.value).fingerprint;
};

describe("the gateway's own certificate", () => {
  it("is made for its hosts, valid for a year, and kept for its owner alone", async () => {
    await read(["nas.internal", ...hosts]);
    const kept = new X509Certificate(readFileSync(files.tlsCertificate));
    expect(kept.subjectAltName).toBe("DNS:nas.internal, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1");
    expect([kept.validFromDate.getTime() <= clock.now(), kept.validToDate.getTime() - clock.now() > 364 * day]).toEqual([true, true]);
    expect(readdirSync(folder).toSorted()).toEqual(["tls-certificate.pem", "tls-key.pem"]);
    for (const file of [files.tlsCertificate, files.tlsKey]) expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("stays the same until a month before it expires, so that who trusts it goes on doing so", async () => {
    const first = await read();
    clock.advance(334 * day);
    expect(await read()).toBe(first);
    clock.advance(2 * day);
    const second = await read();
    expect(second).not.toBe(first);
    expect(await read()).toBe(second);
  });

  it("is made anew for another host", async () => {
    const first = await read();
    expect(await read(["192.168.1.10", ...hosts])).not.toBe(first);
  });

  it.each([
    ["the key is gone", () => rmSync(files.tlsKey)],
    ["the certificate is gone", () => rmSync(files.tlsCertificate)],
    ["the certificate is damaged", () => writeFileSync(files.tlsCertificate, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")],
    ["the key is empty", () => writeFileSync(files.tlsKey, "")],
  ])("is made anew when %s", async (_, damage) => {
    const first = await read();
    damage();
    const second = await read();
    expect(second).not.toBe(first);
    expect(await read()).toBe(second);
  });

  it("is made anew when the two do not belong together, as after a crash between them", async () => {
    await read();
    const certificate = readFileSync(files.tlsCertificate);
    rmSync(files.tlsCertificate);
    const second = await read();
    writeFileSync(files.tlsCertificate, certificate);
    expect(await read()).not.toBe(second);
  });

  it("is made anew when the clock was far ahead while it was made", async () => {
    clock.advance(1000 * day);
    const first = await read();
    clock.advance(-1000 * day);
    expect(await read()).not.toBe(first);
  });

  it("says so where it can not be kept", async () => {
    rmSync(folder, { recursive: true });
    expect(await selfSignedCertificate({ hosts, files, clock }).read()).toEqual({ ok: false, error: `the self-signed certificate can not be kept in ${files.tlsCertificate} (ENOENT)` });
  });
});
