import { once } from "node:events";
import { connect as connectTcp, type AddressInfo } from "node:net";
import { connect, type ConnectionOptions } from "node:tls";
import { createSelfSignedCertificate } from "@mcp-auth-proxy/crypto";
import { afterEach, describe, expect, test } from "vitest";
import { checkCertificatePair, replaceCertificate, type CertificatePair, type HttpAppOptions } from "../src/index.ts";
import { runApp, type RunningApp } from "./running-app.ts";

const now = Date.now();
const newPair = (): CertificatePair => createSelfSignedCertificate({ hosts: ["localhost"], from: now - 60_000, until: now + 3_600_000 });
const first = newPair();

let running: RunningApp | undefined;
afterEach(() => running?.app.close());

const run = async (options: Partial<HttpAppOptions> = {}): Promise<number> => {
  running = await runApp(undefined, { tls: first, ...options });
  return (running.app.server.address() as AddressInfo).port;
};

/** One request on a new connection that trusts exactly this certificate. */
const visit = (port: number, { certificate }: CertificatePair, options: ConnectionOptions = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect({ port, host: "127.0.0.1", servername: "localhost", ca: certificate, ...options }, () => {
      socket.write("GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    });
    socket.on("data", (chunk) => (answer += chunk.toString()));
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
  });

/** Bytes on a plain connection; what came back when the other side ended it. */
const visitPlain = async (port: number, bytes: string): Promise<string> => {
  let answer = "";
  const socket = connectTcp(port, "127.0.0.1", () => void socket.write(bytes));
  socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
  socket.on("error", () => socket.destroy());
  await once(socket, "close");
  return answer;
};

describe("a server with a certificate", () => {
  test.each(["TLSv1.2", "TLSv1.3"] as const)("answers over %s", async (version) => {
    expect(await visit(await run(), first, { minVersion: version, maxVersion: version })).toContain("200 OK");
  });

  test.each([
    ["TLS 1.1", { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }],
    ["a cipher without forward secrecy", { maxVersion: "TLSv1.2", ciphers: "AES128-GCM-SHA256" }],
    ["a cipher without authenticated encryption", { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-SHA" }],
  ] satisfies readonly (readonly [string, ConnectionOptions])[])("refuses %s", async (_, options) => {
    const port = await run();
    await expect(visit(port, first, options)).rejects.toThrow(/alert|handshake|protocol/);
    expect(await visit(port, first)).toContain("200 OK");
  });

  test("ends a connection that speaks plain HTTP, or nonsense, without an answer in clear", async () => {
    const port = await run();
    expect(await visitPlain(port, "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")).not.toContain("HTTP/1.1");
    expect(await visitPlain(port, "\0\0\0\0\0\0\0\0")).not.toContain("HTTP/1.1");
    expect(await visit(port, first)).toContain("200 OK");
  });

  test("ends a connection on which nobody begins to speak", async () => {
    expect(await visitPlain(await run({ limits: { headersTimeoutMs: 100, timeoutCheckMs: 20 } }), "")).not.toContain("HTTP/1.1");
  });

  test("answers broken HTTP inside of TLS as it does without", async () => {
    const port = await run();
    const answer = await new Promise<string>((resolve) => {
      let received = "";
      const socket = connect({ port, host: "127.0.0.1", servername: "localhost", ca: first.certificate }, () => socket.write("NOT HTTP\r\n\r\n"));
      socket.on("data", (chunk) => (received += chunk.toString()));
      socket.on("close", () => resolve(received));
    });
    expect(answer).toContain("400 Bad Request");
  });
});

describe("another certificate", () => {
  test("is what new connections get, while those that are open go on", async () => {
    const port = await run();
    const second = newPair();
    const open = connect({ port, host: "127.0.0.1", servername: "localhost", ca: first.certificate });
    await once(open, "secureConnect");
    if (running !== undefined) replaceCertificate(running.app, second);
    expect(await visit(port, second)).toContain("200 OK");
    await expect(visit(port, first)).rejects.toThrow(/self-signed|unable to verify/);
    open.write("GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    const [chunk] = (await once(open, "data")) as [Buffer];
    expect(chunk.toString()).toContain("200 OK");
  });

  test("is not taken with a key that is another's: the former goes on", async () => {
    const port = await run();
    const mixed = { certificate: newPair().certificate, privateKey: newPair().privateKey };
    expect(() => checkCertificatePair(mixed)).toThrow();
    expect(() => running && replaceCertificate(running.app, mixed)).toThrow();
    expect(await visit(port, first)).toContain("200 OK");
  });
});
