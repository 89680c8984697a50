import { acceptedContent, CLIENT_CAPABILITIES_META_KEY, type InputRequests, inputRequired, type McpServer, type ServerContext } from "@modelcontextprotocol/server";
import { text } from "./samples.ts";

/**
 * Tools and a prompt that need the client's answer to go on (2026-07-28, multi round-trip requests). Names are the suite's.
 * Their states are plain text, which a server should not do: what the suite asks of a state that was tampered with is the gateway's to do.
 */
export const addRoundTripTools = (server: McpServer): void => {
  addQuestion(server, "test_input_required_result_elicitation", { user_name: ask("name") }, ({ user_name }) => `Hello, ${answerTo(user_name, "name")}!`);
  addQuestion(server, "test_input_required_result_sampling", { capital_question: sample("What is the capital of France?") }, ({ capital_question }) => JSON.stringify(capital_question));
  addQuestion(server, "test_input_required_result_list_roots", { client_roots: inputRequired.listRoots() }, ({ client_roots }) => JSON.stringify(client_roots));
  addQuestion(server, "test_input_required_result_request_state", { confirm: ask("ok", { type: "boolean" }) }, () => "state-ok", "asked to confirm");
  addQuestion(server, "test_input_required_result_tampered_state", { confirm: ask("ok", { type: "boolean" }) }, () => "integrity-ok", "asked to confirm");
  addQuestion(
    server,
    "test_input_required_result_multiple_inputs",
    { user_name: ask("name"), greeting: sample("Generate a greeting"), client_roots: inputRequired.listRoots() },
    (answers) => JSON.stringify(answers),
    "asked for three",
  );
  // The suite's client says that it can not sample: the SDK refuses the question, as it should.
  addQuestion(server, "test_missing_capability", { llm_answer: sample("Reply with pong") }, () => "pong");
  addRounds(server);
  addCapabilities(server);
  server.registerPrompt("test_input_required_result_prompt", { description: "Asks before it is rendered" }, (context: unknown) => {
    const given = acceptedContent<{ context: string }>((context as ServerContext).mcpReq.inputResponses, "user_context");
    if (given === undefined) return inputRequired({ inputRequests: { user_context: ask("context") } });
    return { messages: [{ role: "user", content: text(`Use the following context: ${given.context}`) }] };
  });
};

type Answers = NonNullable<ServerContext["mcpReq"]["inputResponses"]>;

const ask = (member: string, kind: { type: "string" } | { type: "boolean" } = { type: "string" }) =>
  inputRequired.elicit({ message: `The ${member}, please`, requestedSchema: { type: "object", properties: { [member]: kind }, required: [member] } });

const sample = (question: string) => inputRequired.createMessage({ messages: [{ role: "user", content: text(question) }], maxTokens: 100 });

const answerTo = (response: unknown, member: string): string => acceptedContent<Record<string, string>>({ it: response }, "it")?.[member] ?? "nobody";

/** A tool that asks until every question has an answer, of a person's an accepted and complete one. */
const addQuestion = (server: McpServer, name: string, inputRequests: InputRequests, done: (answers: Answers) => string, state?: string): void => {
  server.registerTool(name, { description: "Asks before it answers" }, ({ mcpReq }) => {
    const answers = mcpReq.inputResponses ?? {};
    const complete = Object.entries(inputRequests).every(([key, { method, params }]) => {
      if (method !== "elicitation/create") return answers[key] !== undefined;
      const required = "requestedSchema" in params ? (params.requestedSchema.required ?? []) : [];
      const content = acceptedContent(answers, key);
      return content !== undefined && required.every((member) => member in content);
    });
    if (!complete || (state !== undefined && mcpReq.requestState() !== state)) return inputRequired({ inputRequests, ...(state === undefined ? {} : { requestState: state }) });
    return { content: [text(done(answers))] };
  });
};

/** Two questions one after the other; the first answer is kept in the state. */
const addRounds = (server: McpServer): void => {
  server.registerTool("test_input_required_result_multi_round", { description: "Asks twice" }, ({ mcpReq }) => {
    const state = mcpReq.requestState<string>();
    if (state === undefined) return inputRequired({ inputRequests: { step1: ask("name") }, requestState: "first" });
    if (state === "first") return inputRequired({ inputRequests: { step2: ask("color") }, requestState: `named ${answerTo(mcpReq.inputResponses?.["step1"], "name")}` });
    return { content: [text(`${state}, likes ${answerTo(mcpReq.inputResponses?.["step2"], "color")}`)] };
  });
};

/** Asks only what the client says that it can answer. */
const addCapabilities = (server: McpServer): void => {
  server.registerTool("test_input_required_result_capabilities", { description: "Asks what can be answered" }, ({ mcpReq }) => {
    if (mcpReq.inputResponses !== undefined) return { content: [text("answered")] };
    // The SDK's type of the envelope has no members.
    const envelope: Readonly<Record<string, unknown>> = { ...mcpReq.envelope };
    const declared = Object(envelope[CLIENT_CAPABILITIES_META_KEY] ?? {});
    const inputRequests: InputRequests = {
      ...("elicitation" in declared ? { user_name: ask("name") } : {}),
      ...("sampling" in declared ? { greeting: sample("Generate a greeting") } : {}),
      ...("roots" in declared ? { client_roots: inputRequired.listRoots() } : {}),
    };
    return Object.keys(inputRequests).length === 0 ? { content: [text("nothing can be answered")] } : inputRequired({ inputRequests });
  });
};
