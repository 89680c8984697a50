import { execFile } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect, getCACertificates, setDefaultCACertificates } from "node:tls";
import { promisify } from "node:util";
import { createTestCertificate, freePort, Gateway, gatewayFolders, listenForCallback, repositoryRoot, smallServer, type TestCertificate, toolText, waitFor } from "@mcp-auth-proxy/testing";
import { launchChromium, visit } from "@mcp-auth-proxy/testing/chromium";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterEach, describe, expect, it } from "vitest";
import { MemoryProvider } from "../support/sdk-client.ts";

const authorities = getCACertificates("default");
afterEach(() => setDefaultCACertificates(authorities));

/** SHA-256 of the certificate that a new connection is shown. */
const fingerprintAt = (gateway: Gateway): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port: Number(new URL(gateway.baseUrl).port), host: "127.0.0.1", servername: "localhost", rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? "");
      socket.destroy();
    });
    socket.on("error", reject);
  });

const printed = (gateway: Gateway, pattern: RegExp): string => {
  const [, found] = pattern.exec(gateway.stdout) ?? [];
  if (found === undefined) throw new Error(`the banner does not have ${pattern}:\n${gateway.stdout}`);
  return found;
};

describe("the guide's first command: https on this machine, and nothing else to set up", () => {
  const launch = async (): Promise<Gateway> => {
    const folders = gatewayFolders();
    // npx takes an installed package over a download: the link stands for the registry.
    writeFileSync(join(folders.root, "package.json"), "{}");
    symlinkSync(join(repositoryRoot, "node_modules"), join(folders.root, "node_modules"));
    writeFileSync(join(folders.served, "greeting.txt"), "hello over TLS");
    const port = await freePort();
    return Gateway.launch({
      https: true,
      port,
      folders,
      password: "changeme",
      environment: { EXTERNAL_URL: undefined, PASSWORD: undefined },
      flags: ["--external-url", `https://localhost:${port}`, "--tls-accept-tos", "--password", "changeme"],
      command: ["npx", "-y", "@modelcontextprotocol/server-filesystem", "./"],
    });
  };

  it("an official client that trusts the certificate signs in through Chromium and reads a file", async () => {
    await using gateway = await launch();
    const authority = readFileSync(printed(gateway, /NODE_EXTRA_CA_CERTS=(\S+)/), "utf8");
    setDefaultCACertificates([...authorities, authority]);
    const browser = await launchChromium(["--ignore-certificate-errors"]);
    try {
      await using callback = await listenForCallback();
      const authProvider = new MemoryProvider(callback.redirectUri);
      const transport = new StreamableHTTPClientTransport(new URL(gateway.mcpUrl), { authProvider });
      await expect(new Client({ name: "client", version: "1" }).connect(transport)).rejects.toThrow(UnauthorizedError);
      await using visited = await visit(browser);
      await visited.signIn(authProvider.signInUrl, { password: gateway.password, stopAt: callback.redirectUri });
      await transport.finishAuth((await callback.next()).searchParams.get("code") ?? "");
      expect(visited.complaints).toEqual([]);
      const cookies = (await visited.context.cookies()).filter(({ domain }) => domain === "localhost");
      expect(cookies.length).toBeGreaterThan(0);
      for (const cookie of cookies) expect([cookie.name.slice(0, 7), cookie.secure, cookie.path]).toEqual(["__Host-", true, "/"]);

      const client = new Client({ name: "client", version: "1" });
      await client.connect(new StreamableHTTPClientTransport(new URL(gateway.mcpUrl), { authProvider }));
      expect(toolText({ result: await client.callTool({ name: "read_file", arguments: { path: "greeting.txt" } }) })).toBe("hello over TLS");
      await client.close();
    } finally {
      await browser.close();
    }
  });

  it("the line to paste makes a client on Node trust it, and without the line none does", async () => {
    await using gateway = await launch();
    const run = (before: string) =>
      promisify(execFile)("sh", ["-c", `${before}\nexec "$0" -e 'fetch(process.argv[1]).then((answer) => console.log(answer.status), (error) => console.log(error.cause.code))' "$1"`, process.execPath, gateway.mcpUrl], { env: {} });
    expect((await run(printed(gateway, /^ *(export NODE_EXTRA_CA_CERTS=.*)$/m))).stdout).toBe("401\n");
    expect((await run("true")).stdout).toBe("DEPTH_ZERO_SELF_SIGNED_CERT\n");
  });

  it("the printed fingerprint is that of the certificate, which outlives a restart", async () => {
    await using gateway = await launch();
    const fingerprint = printed(gateway, /SHA-256 ([0-9A-F:]{95})$/m);
    expect(await fingerprintAt(gateway)).toBe(fingerprint);
    await gateway.restart();
    expect(printed(gateway, /SHA-256 ([0-9A-F:]{95})$/m)).toBe(fingerprint);
    expect(await fingerprintAt(gateway)).toBe(fingerprint);
  });
});

describe("an own certificate", () => {
  it("is reloaded while the gateway runs; a broken pair keeps the former one", async () => {
    const folders = gatewayFolders();
    const [certificateFile, keyFile] = [join(folders.root, "fullchain.pem"), join(folders.root, "privkey.pem")];
    const write = ({ certificate, privateKey }: TestCertificate): void => {
      writeFileSync(certificateFile, certificate);
      writeFileSync(keyFile, privateKey);
    };
    write(createTestCertificate(["localhost"]));
    await using gateway = await Gateway.launch({ https: true, folders, command: smallServer, environment: { TLS: "true", TLS_CERT: certificateFile, TLS_KEY: keyFile } });
    const first = await fingerprintAt(gateway);
    expect(gateway.stdout).not.toContain("NODE_EXTRA_CA_CERTS");
    const { pid } = gateway;

    writeFileSync(keyFile, createTestCertificate().privateKey);
    await waitFor("the line in the log", () => gateway.stderr.includes("the changed certificate can not be used"), { limitMs: 30_000 });
    expect(await fingerprintAt(gateway)).toBe(first);

    const second = createTestCertificate(["localhost"]);
    write(second);
    await waitFor("another certificate", async () => (await fingerprintAt(gateway)) !== first, { limitMs: 30_000 });
    setDefaultCACertificates([...authorities, second.certificate]);
    expect((await fetch(`${gateway.baseUrl}/readyz`)).status).toBe(200);
    expect(gateway.pid).toBe(pid);
    expect(gateway.output).not.toContain("PRIVATE KEY");
  });
});
