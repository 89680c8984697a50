import { setTimeout as pause } from "node:timers/promises";
import type { ElicitRequestFormParams, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { text } from "./samples.ts";

const stepMs = 50;

/** Longer than the gateway waits before it turns the response into an event stream. */
const longMs = 1_500;

/** Tools that say something to the client before they answer. Names, messages and schemas are the suite's. */
export const addTalkingTools = (server: McpServer): void => {
  server.registerTool("test_tool_with_logging", { description: "Logs while it works" }, async ({ mcpReq }) => {
    const steps = ["Tool execution started", "Tool processing data", "Tool execution completed"];
    for (const [at, data] of steps.entries()) {
      if (at > 0) await pause(stepMs);
      await mcpReq.log("info", data);
    }
    return { content: [text("logged three times")] };
  });
  server.registerTool("test_tool_with_progress", { description: "Reports progress" }, async ({ mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    for (const progress of [0, 50, 100]) {
      if (progressToken !== undefined) await mcpReq.notify({ method: "notifications/progress", params: { progressToken, progress, total: 100 } });
      await pause(stepMs);
    }
    return { content: [text("reported three times")] };
  });
  server.registerTool("test_reconnection", { description: "Takes long enough for a stream" }, async () => {
    await pause(longMs);
    return { content: [text("done")] };
  });
  server.registerTool("test_sampling", { description: "Asks the model", inputSchema: z.object({ prompt: z.string() }) }, async ({ prompt }, { mcpReq }) => {
    const { content } = await mcpReq.requestSampling({ messages: [{ role: "user", content: text(prompt) }], maxTokens: 100 });
    const [first] = Array.isArray(content) ? content : [content];
    return { content: [text(`LLM response: ${first?.type === "text" ? first.text : "no text"}`)] };
  });
  server.registerTool("test_elicitation", { description: "Asks the person", inputSchema: z.object({ message: z.string() }) }, async ({ message }, { mcpReq }) => {
    const { action, content } = await mcpReq.elicitInput({ mode: "form", message, requestedSchema: person });
    return { content: [text(`User response: action=${action}, content=${JSON.stringify(content ?? {})}`)] };
  });
  addForm(server, "test_elicitation_sep1034_defaults", "Please review and update the form fields with defaults", withDefaults);
  addForm(server, "test_elicitation_sep1330_enums", "Please select options from the enum fields", withEnums);
};

type Form = ElicitRequestFormParams["requestedSchema"];

const addForm = (server: McpServer, name: string, message: string, requestedSchema: Form): void => {
  server.registerTool(name, { description: message }, async ({ mcpReq }) => {
    const { action, content } = await mcpReq.elicitInput({ mode: "form", message, requestedSchema });
    return { content: [text(`Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`)] };
  });
};

const person: Form = {
  type: "object",
  properties: { username: { type: "string", description: "User's response" }, email: { type: "string", description: "User's email address" } },
  required: ["username", "email"],
};

const withDefaults: Form = {
  type: "object",
  properties: {
    name: { type: "string", description: "Name", default: "John Doe" },
    age: { type: "integer", description: "Age", default: 30 },
    score: { type: "number", description: "Score", default: 95.5 },
    status: { type: "string", description: "Status", enum: ["active", "inactive", "pending"], default: "active" },
    verified: { type: "boolean", description: "Verified", default: true },
  },
};

const titled = (...titles: string[]) => titles.map((title, at) => ({ const: `value${at + 1}`, title }));

const withEnums: Form = {
  type: "object",
  properties: {
    untitledSingle: { type: "string", enum: ["option1", "option2", "option3"] },
    titledSingle: { type: "string", oneOf: titled("First Option", "Second Option", "Third Option") },
    legacyEnum: { type: "string", enum: ["opt1", "opt2", "opt3"], enumNames: ["Option One", "Option Two", "Option Three"] },
    untitledMulti: { type: "array", items: { type: "string", enum: ["option1", "option2", "option3"] } },
    titledMulti: { type: "array", items: { anyOf: titled("First Choice", "Second Choice", "Third Choice") } },
  },
};
