import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Gateway, type GatewayOptions, gatewayFolders, listenForCallback, repositoryRoot, toolText } from "@mcp-auth-proxy/testing";
import { launchChromium, visit } from "@mcp-auth-proxy/testing/chromium";
import * as v2 from "@modelcontextprotocol/client";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { filesystemServer } from "../support/filesystem-server.ts";
import { MemoryProvider } from "../support/sdk-client.ts";

const info = { name: "official client", version: "1" };
const readGreeting = { name: "read_file", arguments: { path: "greeting.txt" } };

/** One way of using an official client: connect, and call a tool once it is allowed to. */
interface OfficialClient {
  readonly title: string;
  attempt(mcpUrl: string, provider: MemoryProvider): Promise<{ finish(callback: URL): Promise<void> }>;
  readGreeting(mcpUrl: string, provider: MemoryProvider): Promise<string>;
}

const version1: OfficialClient = {
  title: "SDK 1.32",
  attempt: async (mcpUrl, authProvider) => {
    const transport = new StreamableHTTPClientTransport(new URL(mcpUrl), { authProvider });
    await expect(new Client(info).connect(transport)).rejects.toThrow(UnauthorizedError);
    return { finish: (callback) => transport.finishAuth(callback.searchParams.get("code") ?? "") };
  },
  readGreeting: async (mcpUrl, authProvider) => {
    const client = new Client(info);
    await client.connect(new StreamableHTTPClientTransport(new URL(mcpUrl), { authProvider }));
    const result = await client.callTool(readGreeting);
    await client.close();
    return toolText({ result });
  },
};

const version2 = (mode: "legacy" | "auto"): OfficialClient => ({
  title: `SDK 2.4 (${mode} versions)`,
  attempt: async (mcpUrl, authProvider) => {
    const transport = new v2.StreamableHTTPClientTransport(new URL(mcpUrl), { authProvider });
    await expect(new v2.Client(info, { versionNegotiation: { mode } }).connect(transport)).rejects.toThrow(v2.UnauthorizedError);
    return { finish: (callback) => transport.finishAuth(callback.searchParams) };
  },
  readGreeting: async (mcpUrl, authProvider) => {
    const client = new v2.Client(info, { versionNegotiation: { mode } });
    await client.connect(new v2.StreamableHTTPClientTransport(new URL(mcpUrl), { authProvider }));
    const result = await client.callTool(readGreeting);
    await client.close();
    return toolText({ result });
  },
});

describe("an official client signs in through Chromium and reads a file", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  async function readThroughBrowser(gateway: Gateway, official: OfficialClient): Promise<string> {
    await using callback = await listenForCallback();
    const provider = new MemoryProvider(callback.redirectUri);
    const attempt = await official.attempt(gateway.mcpUrl, provider);
    await using visited = await visit(browser);
    await visited.signIn(provider.signInUrl, { password: gateway.password, stopAt: callback.redirectUri });
    const redirect = await callback.next();
    expect(redirect.searchParams.get("state")).toBe(provider.state());
    expect(redirect.searchParams.get("iss")).toBe(gateway.baseUrl);
    await attempt.finish(redirect);
    expect(visited.complaints).toEqual([]);
    return official.readGreeting(gateway.mcpUrl, provider);
  }

  async function serving(options: GatewayOptions, prepare?: (gateway: Gateway) => void): Promise<Gateway> {
    const gateway = await Gateway.launch(options);
    writeFileSync(join(gateway.folders.served, "greeting.txt"), "hello from the served folder");
    prepare?.(gateway);
    return gateway;
  }

  it.each([version1, version2("legacy"), version2("auto")])("$title", async (official) => {
    await using gateway = await serving({ command: filesystemServer(".") });
    expect(await readThroughBrowser(gateway, official)).toBe("hello from the served folder");
  });

  it("with the command of the README, run by npx", async () => {
    // npx takes an installed package over a download: the link stands for the registry.
    const folders = gatewayFolders();
    mkdirSync(folders.root, { recursive: true });
    writeFileSync(join(folders.root, "package.json"), "{}");
    symlinkSync(join(repositoryRoot, "node_modules"), join(folders.root, "node_modules"));
    await using gateway = await serving({ command: ["npx", "-y", "@modelcontextprotocol/server-filesystem", "."], folders });
    expect(await readThroughBrowser(gateway, version1)).toBe("hello from the served folder");
  });
});
