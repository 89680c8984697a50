// The smallest stdio MCP server that can be measured: no SDK, one tool that echoes and one that sends events.
const answer = (id, result) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, result })}\n`);
const text = (value) => ({ content: [{ type: "text", text: value }] });

const events = (id, { count, bytes }, progressToken) => {
  const message = "e".repeat(bytes);
  const lines = [];
  for (let progress = 1; progress <= count; progress += 1) {
    lines.push(JSON.stringify({ jsonrpc: "2.0", method: "notifications/progress", params: { progressToken, progress, message } }));
  }
  process.stdout.write(`${lines.join("\n")}\n`);
  answer(id, text("done"));
};

const handle = ({ id, method, params }) => {
  if (method === "initialize") {
    answer(id, { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "echo", version: "1" } });
  } else if (method === "tools/call" && params.name === "events") events(id, params.arguments, params._meta?.progressToken);
  else if (method === "tools/call") answer(id, text(params.arguments.text));
  else if (id !== undefined) answer(id, {});
};

let rest = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (chunk) => {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop();
  for (const line of lines) if (line !== "") handle(JSON.parse(line));
});
process.stdin.on("end", () => process.exit(0));
