import { completable, type McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { image, text } from "./samples.ts";

const startingWith = (words: readonly string[]) => (typed: string | undefined) => words.filter((word) => word.startsWith(typed ?? ""));

/** Prompts and the completion of their arguments. Names and messages are the suite's. */
export const addPrompts = (server: McpServer): void => {
  server.registerPrompt("test_simple_prompt", { description: "Has no argument" }, () => ({
    messages: [{ role: "user", content: text("This is a simple prompt for testing.") }],
  }));
  const argsSchema = z.object({
    arg1: completable(z.string().describe("First test argument"), startingWith(["paris", "park", "party", "test"])),
    arg2: z.string().describe("Second test argument"),
  });
  server.registerPrompt("test_prompt_with_arguments", { description: "Has two arguments", argsSchema }, ({ arg1, arg2 }) => ({
    messages: [{ role: "user", content: text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`) }],
  }));
  const uriSchema = z.object({ resourceUri: z.string().describe("URI of the resource to embed") });
  server.registerPrompt("test_prompt_with_embedded_resource", { description: "Embeds a resource", argsSchema: uriSchema }, ({ resourceUri }) => ({
    messages: [
      { role: "user", content: { type: "resource", resource: { uri: resourceUri, mimeType: "text/plain", text: "Embedded resource content for testing." } } },
      { role: "user", content: text("Please process the embedded resource above.") },
    ],
  }));
  server.registerPrompt("test_prompt_with_image", { description: "Embeds an image" }, () => ({
    messages: [
      { role: "user", content: image },
      { role: "user", content: text("Please analyze the image above.") },
    ],
  }));
};
