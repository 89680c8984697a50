import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema, LoggingMessageNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { everythingServer, toolText, waitFor } from "../src/index.ts";

// The server is the measure for the gateway, so it must itself be right with the official client.
describe("the everything server", () => {
  const client = new Client({ name: "test", version: "1" }, { capabilities: { sampling: {}, elicitation: {}, roots: {} } });
  const logged: unknown[] = [];

  beforeAll(async () => {
    client.setRequestHandler(CreateMessageRequestSchema, () => ({ model: "m", role: "assistant", content: { type: "text", text: "sampled" } }));
    client.setRequestHandler(ElicitRequestSchema, () => ({ action: "accept", content: { answer: "yes" } }));
    client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: "file:///r" }] }));
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void logged.push(params.data));
    const [command = "", ...args] = everythingServer;
    await client.connect(new StdioClientTransport({ command, args: [...args, "one"], env: { MARK: "here" } }));
  });
  afterAll(() => client.close());

  const call = async (name: string, args: Record<string, unknown> = {}, onprogress?: () => void): Promise<string> => {
    const result = await client.callTool({ name, arguments: args }, undefined, onprogress === undefined ? {} : { onprogress });
    return toolText({ result });
  };

  it("echoes, shows its environment and says who it is", async () => {
    expect(await call("echo", { message: "안녕" })).toBe("안녕");
    expect(JSON.parse(await call("env"))).toMatchObject({ MARK: "here" });
    expect(JSON.parse(await call("whoami"))).toMatchObject({ parentPid: process.pid, args: ["one"] });
  });

  it("answers with as much as was asked for", async () => {
    expect(await call("big", { bytes: 300_000 })).toHaveLength(300_000);
  });

  it("tells its progress", async () => {
    let steps = 0;
    expect(await call("slow", { steps: 3, everyMs: 50 }, () => (steps += 1))).toBe("done after 3");
    expect(steps).toBe(3);
  });

  it("asks the client for a model, a person and roots", async () => {
    expect(await call("ask-model", { message: "?" })).toContain("sampled");
    expect(await call("ask-person", { message: "?" })).toContain("accept");
    expect(await call("ask-roots")).toContain("file:///r");
  });

  it("sends log messages, resources and prompts", async () => {
    await call("log", { message: "noted" });
    expect(logged).toContain("noted");
    expect((await client.readResource({ uri: "test://note" })).contents).toMatchObject([{ text: "a note" }]);
    expect((await client.getPrompt({ name: "greet", arguments: { name: "Ada" } })).messages).toHaveLength(1);
  });

  it("dies when told to", async () => {
    await expect(call("crash")).rejects.toThrow();
    await waitFor("the connection to be gone", () => client.transport === undefined);
  });
});
