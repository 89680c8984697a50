// A stdio MCP server on the official SDK: one tool for each thing a gateway can get wrong. Run it, do not import it.
import { setTimeout as pause } from "node:timers/promises";
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

const text = (value: unknown) => ({ content: [{ type: "text" as const, text: typeof value === "string" ? value : JSON.stringify(value) }] });
const only = { content: z.object({}), message: z.object({ message: z.string() }) };

function createServer(): McpServer {
  const server = new McpServer(
    { name: "everything", version: "1.0.0" },
    { capabilities: { tools: {}, resources: {}, prompts: {}, logging: {} }, instructions: "Every kind of trouble." },
  );
  addPlainTools(server);
  addTalkingTools(server);
  server.registerResource("note", "test://note", { mimeType: "text/plain" }, (uri) => ({
    contents: [{ uri: uri.href, mimeType: "text/plain", text: "a note" }],
  }));
  server.registerPrompt("greet", { argsSchema: z.object({ name: z.string() }) }, ({ name }) => ({
    messages: [{ role: "user", content: { type: "text", text: `Greet ${name}` } }],
  }));
  return server;
}

function addPlainTools(server: McpServer): void {
  server.registerTool("echo", { inputSchema: only.message }, ({ message }) => text(message));
  server.registerTool("env", { inputSchema: only.content }, () => text(process.env));
  server.registerTool("whoami", { inputSchema: only.content }, () =>
    text({ pid: process.pid, parentPid: process.ppid, uid: process.getuid?.(), folder: process.cwd(), args: process.argv.slice(2) }),
  );
  server.registerTool("big", { inputSchema: z.object({ bytes: z.number().int() }) }, ({ bytes }) => text("x".repeat(bytes)));
  server.registerTool("fail", { inputSchema: only.content }, () => ({ ...text("this tool always fails"), isError: true }));
  server.registerTool("crash", { inputSchema: only.content }, () => process.exit(3));
  server.registerTool("stderr", { inputSchema: only.message }, ({ message }) => {
    process.stderr.write(`${message}\n`);
    return text("written");
  });
}

/** Tools that say something to the client before they answer. */
function addTalkingTools(server: McpServer): void {
  server.registerTool("slow", { inputSchema: z.object({ steps: z.number().int(), everyMs: z.number().int() }) }, async ({ steps, everyMs }, { mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    for (let step = 1; step <= steps; step += 1) {
      if (progressToken !== undefined) {
        await mcpReq.notify({ method: "notifications/progress", params: { progressToken, progress: step, total: steps } });
      }
      // The pause comes last: the 1.x client forgets the progress handler when the answer is in the same read.
      await pause(everyMs, undefined, { signal: mcpReq.signal });
    }
    return text(`done after ${steps}`);
  });
  server.registerTool("log", { inputSchema: only.message }, async ({ message }, { mcpReq }) => {
    await mcpReq.log("info", message);
    return text("logged");
  });
  server.registerTool("ask-model", { inputSchema: only.message }, async ({ message }, { mcpReq }) =>
    text(await mcpReq.requestSampling({ messages: [{ role: "user", content: { type: "text", text: message } }], maxTokens: 50 })),
  );
  server.registerTool("ask-person", { inputSchema: only.message }, async ({ message }, { mcpReq }) =>
    text(await mcpReq.elicitInput({ mode: "form", message, requestedSchema: { type: "object", properties: { answer: { type: "string" } } } })),
  );
  server.registerTool("ask-roots", { inputSchema: only.content }, async () => text(await server.server.listRoots()));
}

serveStdio(createServer, { onerror: (error) => process.stderr.write(`${error.message}\n`) });
