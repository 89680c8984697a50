import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { banner } from "../src/banner.ts";
import { serverName } from "../src/server-name.ts";
import { shellQuote } from "../src/shell-quote.ts";

it.each([
  [["npx", "-y", "@modelcontextprotocol/server-filesystem", "."], "filesystem"],
  [["npx", "-y", "@modelcontextprotocol/server-github@2025.4.8", "--owner", "jedi"], "github"],
  [["uvx", "mcp-server-git", "--repository", "/x"], "git"],
  [["uv", "run", "weather_server.py"], "weather"],
  [["node", "/srv/notes-mcp/server.js"], "server"],
  [["python3", "-m", "my_tool"], "my-tool"],
  [["/usr/local/bin/notes-mcp"], "notes"],
  [["npx"], "npx"],
  [["npx", "-y"], "npx"],
  [["---"], "mcp"],
  [["server"], "server"],
] as const)("calls %j %s", (command, name) => {
  expect(serverName(command as unknown as readonly [string, ...string[]])).toBe(name);
});

it.each([[["echo", "plain", "a b", "it's", "", "$HOME", "`id`", "a\nb", "ü", "\u001b[31m", "\u202egpj"]]])("quotes so that a shell reads the same words: %j", (words) => {
  const printed = execFileSync("bash", ["-c", `printf '%s\\0' ${shellQuote(words)}`], { encoding: "utf8" });

  expect(printed.split("\0").slice(0, -1)).toEqual(words);
});

it("lets no control character reach the terminal", () => {
  expect(shellQuote(["\u001b]0;x\u0007", "\u202e", "a\rb"])).not.toMatch(/\p{C}/u);
});

it("shows the URL, the exact command and one line to paste for each client", () => {
  const text = banner({
    version: "1.2.3",
    externalUrl: "http://localhost:8080",
    servers: [
      {
        path: "/mcp",
        resource: "http://localhost:8080/mcp",
        fingerprint: "",
        definition: { name: "filesystem", tools: {}, transport: { kind: "stdio", command: "npx", args: ["-y", "x", "my folder"], env: {}, cwd: "/home/me" } },
      },
    ],
    signIn: "password",
    dataPath: "/data",
    operatorPath: "/data",
    program: "npm start --",
  });

  for (const line of [
    "mcp-auth-proxy 1.2.3 is ready",
    "http://localhost:8080/mcp",
    "npx -y x 'my folder'",
    "claude mcp add --transport http filesystem http://localhost:8080/mcp",
    '{"mcpServers":{"filesystem":{"url":"http://localhost:8080/mcp"}}}',
    `code --add-mcp '{"name":"filesystem","type":"http","url":"http://localhost:8080/mcp"}'`,
    "npx -y mcp-remote http://localhost:8080/mcp",
    "npm start -- --data-path /data revoke --all",
    "http://localhost:8080/account",
  ])
    expect(text).toContain(line);
});
