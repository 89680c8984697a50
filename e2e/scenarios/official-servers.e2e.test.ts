import { join } from "node:path";
import { Gateway, gatewayFolders, type GatewayOptions, signIn, toolText } from "@mcp-auth-proxy/testing";
import * as v2 from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { CreateMessageRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { filesystemServer } from "../support/filesystem-server.ts";
import { memoryServer, officialEverythingServer } from "../support/official-servers.ts";

const info = { name: "official client", version: "1" };

/** What the two generations of the official client have in common. */
interface AnyClient {
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(params: { name: string; arguments?: Record<string, unknown> }): Promise<unknown>;
  close(): Promise<void>;
}
type Connect = (mcpUrl: string, accessToken: string) => Promise<AnyClient>;

const withToken = (accessToken: string) => ({ requestInit: { headers: { authorization: `Bearer ${accessToken}` } } });
const version1: Connect = async (mcpUrl, accessToken) => {
  const client = new Client(info);
  await client.connect(new StreamableHTTPClientTransport(new URL(mcpUrl), withToken(accessToken)));
  return client;
};
const version2 = (mode: "legacy" | "auto"): Connect => async (mcpUrl, accessToken) => {
  const client = new v2.Client(info, { versionNegotiation: { mode } });
  await client.connect(new v2.StreamableHTTPClientTransport(new URL(mcpUrl), withToken(accessToken)));
  return client;
};
const clients: readonly (readonly [string, Connect])[] = [
  ["SDK 1.32", version1],
  ["SDK 2.4 (legacy versions)", version2("legacy")],
  ["SDK 2.4 (auto versions)", version2("auto")],
];
const say = async (client: AnyClient, name: string, args: Record<string, unknown> = {}): Promise<string> =>
  toolText({ result: await client.callTool({ name, arguments: args }) });

const serving = (options: (folders: ReturnType<typeof gatewayFolders>) => GatewayOptions): (() => Gateway) => {
  let gateway: Gateway | undefined;
  beforeAll(async () => {
    const folders = gatewayFolders();
    gateway = await Gateway.launch({ folders, ...options(folders) });
  });
  afterAll(() => gateway?.[Symbol.asyncDispose]());
  return () => {
    if (gateway === undefined) throw new Error("no gateway");
    return gateway;
  };
};
const connected = async (gateway: Gateway, connect: Connect): Promise<AnyClient> => connect(gateway.mcpUrl, (await signIn(gateway)).tokens.accessToken);

describe("the public filesystem server", () => {
  const gateway = serving(() => ({ command: filesystemServer(".") }));

  it.each(clients)("writes, reads and refuses what lies outside, through %s", async (title, connect) => {
    const client = await connected(gateway(), connect);
    const path = `${title.replaceAll(/\W/g, "-")}.txt`;
    await say(client, "write_file", { path, content: "hé 한\n" });
    expect(await say(client, "read_text_file", { path })).toBe("hé 한\n");
    expect(await say(client, "read_text_file", { path: "/etc/passwd" })).toContain("Access denied");
    await client.close();
  });
});

describe("the public everything server", () => {
  const gateway = serving(() => ({ command: officialEverythingServer }));

  it.each(clients)("echoes, adds and shows a picture, through %s", async (_title, connect) => {
    const client = await connected(gateway(), connect);
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain("trigger-long-running-operation");
    expect(await say(client, "echo", { message: "hé 한" })).toBe("Echo: hé 한");
    expect(await say(client, "get-sum", { a: 2, b: 3 })).toBe("The sum of 2 and 3 is 5.");
    expect(JSON.stringify(await client.callTool({ name: "get-tiny-image" }))).toContain('"mimeType":"image/png"');
    await client.close();
  });

  it("reports progress, asks for sampling, lists resources and prompts, completes, through SDK 1.32", async () => {
    const client = new Client(info, { capabilities: { sampling: {}, roots: {} } });
    client.setRequestHandler(CreateMessageRequestSchema, async () => ({ model: "m", role: "assistant", content: { type: "text", text: "sampled" } }));
    const { accessToken } = (await signIn(gateway())).tokens;
    await client.connect(new StreamableHTTPClientTransport(new URL(gateway().mcpUrl), withToken(accessToken)));
    const steps: number[] = [];
    await client.callTool({ name: "trigger-long-running-operation", arguments: { duration: 0.3, steps: 3 } }, undefined, { onprogress: ({ progress }) => steps.push(progress) });
    // The client of this generation forgets its handler when the answer comes in the same read as the last report.
    expect(steps.slice(0, 2)).toEqual([1, 2]);
    expect(await say(client, "trigger-sampling-request", { prompt: "?", maxTokens: 10 })).toContain("sampled");
    const [first] = (await client.listResources()).resources;
    expect((await client.readResource({ uri: first?.uri ?? "" })).contents).toHaveLength(1);
    expect((await client.getPrompt({ name: "args-prompt", arguments: { city: "Seoul" } })).messages).toHaveLength(1);
    const completed = await client.complete({ ref: { type: "ref/prompt", name: "completable-prompt" }, argument: { name: "department", value: "E" } });
    expect(completed.completion.values).toContain("Engineering");
    await client.close();
  });
});

describe("the public memory server", () => {
  const gateway = serving((folders) => ({ command: memoryServer(join(folders.served, "memory.jsonl")) }));

  it.each(clients)("remembers, finds and forgets, through %s", async (title, connect) => {
    const client = await connected(gateway(), connect);
    await say(client, "create_entities", { entities: [{ name: title, entityType: "client", observations: ["was here"] }] });
    expect(await say(client, "search_nodes", { query: title })).toContain("was here");
    await say(client, "delete_entities", { entityNames: [title] });
    expect(await say(client, "read_graph")).not.toContain(title);
    await client.close();
  });
});

describe.each(["session", "user", "shared"])("ten users at once, isolation %s", (isolation) => {
  const gateway = serving(() => ({ command: officialEverythingServer, environment: { ISOLATION: isolation } }));

  it("get their own answers only, with equal ids, over hundreds of calls", async () => {
    const users = await Promise.all(
      Array.from({ length: 10 }, async (_, user) => {
        const { accessToken } = (await signIn(gateway())).tokens;
        return { user, client: await (clients[user % clients.length]?.[1] ?? version1)(gateway().mcpUrl, accessToken) };
      }),
    );
    const foreign: string[] = [];
    const work = users.map(async ({ user, client }) => {
      for (let round = 0; round < 20; round += 1) {
        const message = `of user ${user}, ${round}`;
        const [echoed, sum] = await Promise.all([say(client, "echo", { message }), say(client, "get-sum", { a: user * 1_000, b: round })]);
        if (echoed !== `Echo: ${message}` || !sum.endsWith(` is ${user * 1_000 + round}.`)) foreign.push(`${user}: ${echoed} ${sum}`);
      }
    });
    await Promise.all(work);
    expect(foreign).toEqual([]);
    await Promise.all(users.map(({ client }) => client.close()));
  });
});
