import { fromJsonSchema, type McpServer } from "@modelcontextprotocol/server";
import { text } from "./samples.ts";

const marked = {
  type: "object",
  properties: { region: { type: "string", "x-mcp-header": "Region" }, level: { type: "integer" } },
} as const;

/** Tools with which the suite looks at requests that need no session (2026-07-28). Names are the suite's. */
export const addStatelessTools = (server: McpServer): void => {
  server.registerTool("test_streaming_elicitation", { description: "Answers, and asks nothing" }, () => ({ content: [text("nothing was asked")] }));
  server.registerTool("test_logging_tool", { description: "Logs to who wants it" }, async ({ mcpReq }) => {
    await mcpReq.log("info", "only for a request that asked for it");
    return { content: [text("logged")] };
  });
  server.registerTool("test_x_mcp_header", { description: "Has an argument in a header", inputSchema: fromJsonSchema<{ region?: string }>(marked) }, ({ region }) => ({
    content: [text(`region=${region ?? "none"}`)],
  }));
  server.registerTool("test_trigger_tool_change", { description: "Says that the tools are others now" }, async () => {
    server.sendToolListChanged();
    return { content: [text("said")] };
  });
  server.registerTool("test_trigger_prompt_change", { description: "Says that the prompts are others now" }, async () => {
    server.sendPromptListChanged();
    return { content: [text("said")] };
  });
};
