import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from "@modelcontextprotocol/client";
import { Client as FirstClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as FirstTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { CreateMessageRequestSchema, ElicitRequestSchema, LoggingMessageNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { everythingServer, waitFor } from "@mcp-auth-proxy/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBridge, type TestBridge } from "../fixtures/bridge.ts";

let bridge: TestBridge;
beforeAll(async () => {
  const [command = "", ...args] = everythingServer;
  bridge = await startBridge({ server: { command, args }, limits: { streamAfterMs: 60_000 } });
});
afterAll(() => bridge.stop());

const url = () => new URL(bridge.resource);
const requestInit = async () => ({ headers: { authorization: `Bearer ${await bridge.token()}` } });
const textOf = (result: unknown): string => (result as { content: { text: string }[] }).content[0]?.text ?? "";

describe("SDK client 1.32", () => {
  const connect = async (): Promise<{ client: FirstClient; transport: FirstTransport }> => {
    const client = new FirstClient({ name: "test", version: "1" }, { capabilities: { sampling: {}, elicitation: {}, roots: {} } });
    const transport = new FirstTransport(url(), { requestInit: await requestInit() });
    await client.connect(transport);
    return { client, transport };
  };

  it("initializes, lists, calls, hears progress and logs, answers questions, and ends its session", async () => {
    const { client, transport } = await connect();
    expect(client.getServerVersion()).toMatchObject({ name: "everything" });
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain("echo");
    expect(textOf(await client.callTool({ name: "echo", arguments: { message: "hé 한" } }))).toBe("hé 한");

    const steps: number[] = [];
    await client.callTool({ name: "slow", arguments: { steps: 3, everyMs: 1 } }, undefined, { onprogress: ({ progress }) => steps.push(progress) });
    expect(steps).toEqual([1, 2, 3]);

    client.setRequestHandler(CreateMessageRequestSchema, async () => ({ model: "m", role: "assistant", content: { type: "text", text: "sampled" } }));
    expect(textOf(await client.callTool({ name: "ask-model", arguments: { message: "?" } }))).toContain("sampled");
    client.setRequestHandler(ElicitRequestSchema, async () => ({ action: "accept", content: { answer: "yes" } }));
    expect(textOf(await client.callTool({ name: "ask-person", arguments: { message: "?" } }))).toContain("yes");

    const heard: unknown[] = [];
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void heard.push(params.data));
    await client.setLoggingLevel("debug");
    await client.callTool({ name: "log", arguments: { message: "heard" } });
    await waitFor("the log message", () => heard.includes("heard"));

    await transport.terminateSession();
    await client.close();
  });

  it("learns that its server crashed, and that another session did not", async () => {
    const [one, two] = await Promise.all([connect(), connect()]);
    await expect(one.client.callTool({ name: "crash" })).rejects.toThrow("The MCP server ended before it answered.");
    expect(textOf(await two.client.callTool({ name: "echo", arguments: { message: "alive" } }))).toBe("alive");
    await Promise.all([one.client.close(), two.client.close()]);
  });

  it("gets five megabytes whole", async () => {
    const { client } = await connect();
    expect(textOf(await client.callTool({ name: "big", arguments: { bytes: 5_000_000 } }))).toHaveLength(5_000_000);
    await client.close();
  });
});

describe("SDK client 2.4", () => {
  const connect = async (mode: "auto" | "legacy" | { pin: string }): Promise<ModernClient> => {
    const client = new ModernClient({ name: "test", version: "1" }, { versionNegotiation: { mode }, capabilities: { elicitation: {} } });
    await client.connect(new ModernTransport(url(), { requestInit: await requestInit() }));
    return client;
  };

  it.each([
    ["auto", "modern"],
    [{ pin: "2026-07-28" }, "modern"],
    ["legacy", "legacy"],
  ] as const)("in mode %j speaks the %s era with a server of both", async (mode, era) => {
    const client = await connect(mode);
    expect(client.getProtocolEra()).toBe(era);
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain("echo");
    expect(textOf(await client.callTool({ name: "echo", arguments: { message: "hé 한" } }))).toBe("hé 한");
    const steps: number[] = [];
    await client.callTool({ name: "slow", arguments: { steps: 3, everyMs: 1 } }, { onprogress: ({ progress }) => steps.push(progress) });
    expect(steps).toEqual([1, 2, 3]);
    expect(await client.readResource({ uri: "test://note" })).toMatchObject({ contents: [{ text: "a note" }] });
    await client.close();
  });

  it("in mode auto ends up in a session where the server has no other: it is told the revisions there are", async () => {
    const older = await startBridge({ server: { protocol: "legacy", command: everythingServer[0] ?? "", args: everythingServer.slice(1) } });
    const client = new ModernClient({ name: "test", version: "1" }, { versionNegotiation: { mode: "auto" } });
    const requestInit = { headers: { authorization: `Bearer ${await older.token()}` } };
    await client.connect(new ModernTransport(new URL(older.resource), { requestInit }));
    expect(client.getProtocolEra()).toBe("legacy");
    expect(textOf(await client.callTool({ name: "echo", arguments: { message: "hello" } }))).toBe("hello");
    await client.close();
    await older.stop();
  });

  it("hears in the modern era that its server crashed, and gets five megabytes whole", async () => {
    const client = await connect("auto");
    await expect(client.callTool({ name: "crash" })).rejects.toThrow("The MCP server ended before it answered.");
    expect(textOf(await client.callTool({ name: "big", arguments: { bytes: 5_000_000 } }))).toHaveLength(5_000_000);
    await client.close();
  });
});
