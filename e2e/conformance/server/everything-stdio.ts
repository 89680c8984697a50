// A stdio MCP server with every tool, resource and prompt that the official conformance suite asks for by name. Run it, do not import it.
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { addPlainTools } from "./plain-tools.ts";
import { addPrompts } from "./prompts.ts";
import { addResources } from "./resources.ts";
import { addRoundTripTools } from "./round-trip-tools.ts";
import { addStatelessTools } from "./stateless-tools.ts";
import { addTalkingTools } from "./talking-tools.ts";

const createServer = (): McpServer => {
  const server = new McpServer(
    { name: "conformance-everything", version: "1.0.0" },
    { capabilities: { tools: { listChanged: true }, resources: { subscribe: true, listChanged: true }, prompts: { listChanged: true }, logging: {}, completions: {} } },
  );
  addPlainTools(server);
  addTalkingTools(server);
  addStatelessTools(server);
  addRoundTripTools(server);
  addResources(server);
  addPrompts(server);
  return server;
};

serveStdio(createServer, { onerror: (error) => process.stderr.write(`${error.message}\n`) });
