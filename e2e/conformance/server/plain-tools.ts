import { fromJsonSchema, type McpServer } from "@modelcontextprotocol/server";
import { image, text, wav } from "./samples.ts";

/** Tools that answer at once. Names and answers are the suite's. */
export const addPlainTools = (server: McpServer): void => {
  server.registerTool("test_simple_text", { description: "Answers with text" }, () => ({ content: [text("This is a simple text response for testing.")] }));
  server.registerTool("test_image_content", { description: "Answers with an image" }, () => ({ content: [image] }));
  server.registerTool("test_audio_content", { description: "Answers with a sound" }, () => ({ content: [{ type: "audio", data: wav, mimeType: "audio/wav" }] }));
  server.registerTool("test_embedded_resource", { description: "Answers with a resource" }, () => ({
    content: [{ type: "resource", resource: { uri: "test://embedded-resource", mimeType: "text/plain", text: "This is an embedded resource content." } }],
  }));
  server.registerTool("test_multiple_content_types", { description: "Answers with several kinds of content" }, () => ({
    content: [
      text("Multiple content types test:"),
      image,
      { type: "resource", resource: { uri: "test://mixed-content-resource", mimeType: "application/json", text: JSON.stringify({ test: "data", value: 123 }) } },
    ],
  }));
  server.registerTool("test_error_handling", { description: "Always fails" }, () => {
    throw new Error("This tool intentionally returns an error for testing");
  });
  server.registerTool("json_schema_2020_12_tool", { description: "Has a schema with many keywords", inputSchema: fromJsonSchema(manyKeywords) }, () => ({
    content: [text("the schema is what matters")],
  }));
};

/** Named apart: a literal with this member looks like a promise. */
const consequence = ["then"].join("");

const manyKeywords = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  $defs: { address: { $anchor: "addressDef", type: "object", properties: { street: { type: "string" }, city: { type: "string" } } } },
  properties: {
    name: { type: "string" },
    address: { $ref: "#/$defs/address" },
    contactMethod: { type: "string", enum: ["phone", "email"] },
    phone: { type: "string" },
    email: { type: "string" },
  },
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
  [consequence]: { required: ["phone"] },
  else: { required: ["email"] },
  additionalProperties: false,
} as const;
