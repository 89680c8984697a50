import { generateKeyPairSync } from "node:crypto";
import { renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { connect } from "node:tls";
import { systemClock } from "@mcp-auth-proxy/contracts";
import { Secret } from "@mcp-auth-proxy/crypto";
import { createHttpApp, replaceCertificate } from "@mcp-auth-proxy/http";
import { createLog } from "@mcp-auth-proxy/telemetry";
import { createTestCertificate, waitFor, type TestCertificate } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { dataFiles } from "../../src/data/data-directory.ts";
import { certificateFacts, type CertificateSource } from "../../src/tls/certificate-source.ts";
import { openListenerTls } from "../../src/tls/listener-tls.ts";
import { ownCertificate } from "../../src/tls/own-certificate.ts";
import { watchCertificate } from "../../src/tls/watch-certificate.ts";
import { temporaryFolder } from "../temporary-folder.ts";

let paths = { certificate: "", key: "" };
const opened: (() => unknown)[] = [];
beforeEach(() => {
  const folder = temporaryFolder();
  paths = { certificate: join(folder, "fullchain.pem"), key: join(folder, "privkey.pem") };
});
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

const write = ({ certificate, privateKey }: TestCertificate): void => {
  writeFileSync(paths.certificate, certificate);
  writeFileSync(paths.key, privateKey);
};
const problem = async (): Promise<string> => {
  const read = await ownCertificate(paths).read();
  return read.ok ? "" : read.error;
};
const fingerprintOf = ({ certificate }: TestCertificate): string => certificateFacts({ certificate, privateKey: Secret.of("") }).fingerprint;

const newLog = () => {
  const lines: string[] = [];
  return { lines, log: createLog({ level: "debug", format: "json", destination: { write: (line) => lines.push(line) } }) };
};

describe("an own certificate", () => {
  const encrypted = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "word" }).toString();
  const tiny = generateKeyPairSync("rsa", { modulusLength: 512 }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();

  it.each([
    ["TLS_CERT", "which can not be read (ENOENT)", () => rmSync(paths.certificate)],
    ["TLS_KEY", "which can not be read (ENOENT)", () => rmSync(paths.key)],
    ["TLS_CERT", "holds no certificate in PEM form", () => writeFileSync(paths.certificate, "hello")],
    ["TLS_KEY", "holds no private key in PEM form", () => writeFileSync(paths.key, "hello")],
    ["TLS_KEY", "has a passphrase, which nobody could type here: give it without", () => writeFileSync(paths.key, encrypted)],
    ["TLS_KEY", "is not the key of the certificate", () => writeFileSync(paths.key, createTestCertificate().privateKey)],
    ["TLS_KEY", "is not the key of the certificate", () => writeFileSync(paths.key, tiny)],
    ["TLS_CERT", "names a file larger than the 1 MiB that it may have", () => writeFileSync(paths.certificate, " ".repeat(1_048_577))],
  ] as const)("is refused with a sentence that names %s: %s", async (setting, sentence, damage) => {
    write(createTestCertificate());
    expect(await problem()).toBe("");
    damage();
    const said = await problem();
    expect(said).toMatch(new RegExp(`^${setting}\\b`));
    expect(said).toContain(sentence);
    expect(said).not.toContain("BEGIN");
  });

  it("that can not be used ends the start, exit code 2", async () => {
    const options = { setting: { kind: "files", ...paths }, externalUrl: { base: "https://a.example", secure: true, host: "a.example", port: 443, loopback: false }, files: dataFiles("/nowhere"), clock: systemClock, log: newLog().log } as const;
    await expect(openListenerTls(options)).rejects.toMatchObject({ exitCode: 2, lines: [expect.stringContaining("TLS_CERT names")] });
  });

  it.each([
    [0, "a.example", []],
    [30 * 86_400_000, "a.example", ["TLS_CERT is expired or not valid yet: clients will refuse it"]],
    [0, "b.example", ["TLS_CERT is not for the host of EXTERNAL_URL: clients will refuse it"]],
  ])("is warned about where clients would refuse it (%i ms later, for %s)", async (laterMs, host, warnings) => {
    write(createTestCertificate(["a.example"]));
    const { lines, log } = newLog();
    const clock = { now: () => Date.now() + laterMs };
    await openListenerTls({ setting: { kind: "files", ...paths }, externalUrl: { base: `https://${host}`, secure: true, host, port: 443, loopback: false }, files: dataFiles("/nowhere"), clock, log });
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(warnings);
  });
});

describe("an own certificate while the gateway runs", () => {
  const handshake = (port: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", servername: "localhost", rejectUnauthorized: false }, () => {
        resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? "");
        socket.destroy();
      });
      socket.on("error", reject);
    });

  /** A listener with the pair that the files hold, and a watch over them. */
  const start = async () => {
    const first = createTestCertificate();
    write(first);
    const { lines, log } = newLog();
    const source = ownCertificate(paths);
    const read = await source.read();
    if (!read.ok) throw new Error(read.error);
    const app = createHttpApp({ log, tls: read.value });
    await app.listen({ port: 0, host: "127.0.0.1" });
    opened.push(() => app.close());
    const watch = watchCertificate({ source, current: read.value, apply: (pair) => replaceCertificate(app, pair), log, everyMs: 10 });
    opened.push(() => watch.stop());
    const { port } = app.server.address() as AddressInfo;
    return { first, lines, served: () => handshake(port), watch };
  };

  it("is served to new connections soon after its files changed", async () => {
    const { first, served, lines } = await start();
    expect(await served()).toBe(fingerprintOf(first));
    const second = createTestCertificate();
    write(second);
    await waitFor("the second certificate", async () => (await served()) === fingerprintOf(second));
    expect(lines.join("")).toContain("new connections get another certificate");
  });

  it("is found behind links that are turned, as certbot does it", async () => {
    const { served } = await start();
    const second = createTestCertificate();
    const folder = temporaryFolder();
    for (const [path, name, text] of [[paths.certificate, "cert2.pem", second.certificate], [paths.key, "key2.pem", second.privateKey]] as const) {
      writeFileSync(join(folder, name), text);
      symlinkSync(join(folder, name), `${path}.link`);
      renameSync(`${path}.link`, path);
    }
    await waitFor("the second certificate", async () => (await served()) === fingerprintOf(second));
  });

  it.each([
    ["is broken", () => writeFileSync(paths.certificate, "hello")],
    ["is gone", () => rmSync(paths.key)],
    ["is another's", () => writeFileSync(paths.key, createTestCertificate().privateKey)],
  ])("stays as it was when the new pair %s, which the log says once, and the next good one is taken", async (_, damage) => {
    const { first, served, lines } = await start();
    damage();
    const said = () => lines.filter((line) => line.includes("the changed certificate can not be used: the former one stays"));
    await waitFor("the line in the log", () => said().length > 0);
    expect(await served()).toBe(fingerprintOf(first));
    const third = createTestCertificate();
    write(third);
    await waitFor("the third certificate", async () => (await served()) === fingerprintOf(third));
    expect(said()).toHaveLength(1);
    expect(lines.join("")).not.toContain("PRIVATE KEY");
  });

  it("is not looked at any more after the end, which comes twice without harm", async () => {
    vi.useFakeTimers();
    opened.push(() => vi.useRealTimers());
    const current = { certificate: "", privateKey: Secret.of("") };
    let looks = 0;
    const read = (): ReturnType<CertificateSource["read"]> => {
      looks += 1;
      return Promise.resolve({ ok: true, value: current });
    };
    const watch = watchCertificate({ source: { read }, current, apply: () => undefined, log: newLog().log, everyMs: 1_000 });
    await vi.advanceTimersByTimeAsync(3_500);
    expect(looks).toBe(3);
    watch.stop();
    watch.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(looks).toBe(3);
  });
});
