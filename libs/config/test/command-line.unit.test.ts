import { expect, it } from "vitest";
import { parseCommandLine } from "../src/command-line.ts";

const serve = (command: readonly string[], flags: readonly object[] = []) => ({ ok: true, value: { kind: "serve", flags, behind: { kind: "command", command } } });
const password = { flag: "--password", name: "PASSWORD", value: "changeme" };

it.each([
  ["npm start -- --password changeme -- npx -y x .", ["--password", "changeme", "--", "npx", "-y", "x", "."], ["npx", "-y", "x", "."], [password]],
  ["no dashes, as compose files have it", ["--password=changeme", "npx", "-y", "x", "."], ["npx", "-y", "x", "."], [password]],
  ["options of the server that look like ours", ["npx", "--password", "x", "--help", "--", "--port"], ["npx", "--password", "x", "--help", "--", "--port"], []],
  ["a second -- belongs to the server", ["--", "sh", "--", "x"], ["sh", "--", "x"], []],
  ["an empty argument", ["node", "", "x"], ["node", "", "x"], []],
  ["a word of ours behind dashes", ["--", "revoke", "--all"], ["revoke", "--all"], []],
  ["a word of later versions behind dashes", ["--", "install", "-m"], ["install", "-m"], []],
  ["mcp as a program", ["mcp", "run", "server.py"], ["mcp", "run", "server.py"], []],
])("passes the command untouched: %s", (_, argv, command, flags) => {
  expect(parseCommandLine(argv)).toEqual(serve(command, flags));
});

it.each([
  [["--pkce-enabled", "node"], { flag: "--pkce-enabled", name: "PKCE_ENABLED", value: "true" }],
  [["--pkce-enabled=false", "node"], { flag: "--pkce-enabled", name: "PKCE_ENABLED", value: "false" }],
  [["--no-pkce-enabled", "node"], { flag: "--no-pkce-enabled", name: "PKCE_ENABLED", value: "false" }],
  [["--password=--x=1", "node"], { flag: "--password", name: "PASSWORD", value: "--x=1" }],
  [["--password-file", "/run/p", "node"], { flag: "--password-file", name: "PASSWORD_FILE", value: "/run/p" }],
  [["--auth-token-store", "sqlite", "node"], { flag: "--auth-token-store", name: "AUTH_TOKEN_STORE", value: "sqlite" }],
  [["--config", "servers.json", "node"], { flag: "--config", name: "MCP_SERVERS_CONFIG", value: "servers.json" }],
])("reads %j", (argv, flag) => {
  expect(parseCommandLine(argv)).toEqual(serve(["node"], [flag]));
});

it.each([
  [[""], "the command of the MCP server is empty"],
  [["--external-ur", "x", "node"], "--external-ur is no option; did you mean --external-url?"],
  [["-x", "node"], "-x is no option"],
  [["--password"], "--password needs a value"],
  [["--password", "--", "node"], "--password needs a value"],
  [["--password", "--tls", "node"], "--password needs a value (one that starts with -- is written --password=<value>)"],
  [["--port", "1", "--port", "2", "node"], "--port is given more than once"],
  [["--no-port", "node"], "--no-port is no option"],
  [["--tls", "true", "node"], "--tls takes no word after it: write --tls=true"],
  [["--google-secret", "s3cret", "node"], "--google-secret is not taken on the command line, where everyone sees it in the process list: set GOOGLE_CLIENT_SECRET or GOOGLE_CLIENT_SECRET_FILE"],
  [["--auth-encryption-secret", "s3cret", "node"], "set AUTH_ENCRYPTION_SECRET or AUTH_ENCRYPTION_SECRET_FILE in the environment"],
  [["--password-hash=s3cret", "node"], "set PASSWORD_HASH or PASSWORD_HASH_FILE in the environment"],
  [["https://mcp.example.com/mcp", "--password", "x"], 'a URL takes nothing behind it, and there is "--password"'],
  [["install", "github"], `"install" is a command of a later version`],
  [["mcp", "install", "github"], `"mcp install" is a command of a later version`],
  [["audit"], "audit takes: verify"],
  [["audit", "delete"], "audit takes: verify"],
  [["audit", "verify", "now"], 'audit does not take "now"'],
  [["audit", "verify", "--head", "17"], "--head takes one head"],
  [["audit", "verify", "--all"], "--all is no option"],
  [["users", "now"], 'users does not take "now"'],
  [["users", "--all"], "--all is no option"],
  [["doctor"], `"doctor" is a command of a later version`],
])("refuses %j", (argv, sentence) => {
  const read = parseCommandLine(argv);

  expect(read).toMatchObject({ ok: false });
  expect(read.ok ? "" : read.error.join("\n")).toContain(sentence);
});

it("shows no secret that it refuses", () => {
  expect(JSON.stringify(parseCommandLine(["--google-secret", "s3cret", "--auth-encryption-secret=s3cret", "node"]))).not.toContain("s3cret");
});

it("names everything that is wrong at once", () => {
  const read = parseCommandLine(["--a", "--b", "node"]);

  expect(read.ok ? [] : read.error).toHaveLength(2);
});

it.each([
  [["--help"], { kind: "help" }],
  [["-h", "--nonsense"], { kind: "help" }],
  [["--version"], { kind: "version" }],
  [["revoke", "--help"], { kind: "help" }],
  [["keys", "--help"], { kind: "help" }],
  [["audit", "--help"], { kind: "help" }],
  [["audit", "verify"], { kind: "operate", flags: [], command: { name: "audit verify" } }],
  [["audit", "verify", "--head", `17:${"h".repeat(43)}`], { kind: "operate", flags: [], command: { name: "audit verify", noted: { seq: 17, hash: "h".repeat(43) } } }],
])("answers %j", (argv, value) => {
  expect(parseCommandLine(argv)).toEqual({ ok: true, value });
});

it.each([
  [["revoke", "--all"], { name: "revoke", target: { kind: "all" } }, []],
  [["revoke", "--user", "owner"], { name: "revoke", target: { kind: "login", id: "owner" } }, []],
  [["revoke", "--client=abc"], { name: "revoke", target: { kind: "client", id: "abc" } }, []],
  [["revoke", "--grant", "g1", "--port", "9"], { name: "revoke", target: { kind: "grant", id: "g1" } }, [{ flag: "--port", name: "PORT", value: "9" }]],
  [["--port", "9", "keys", "rotate"], { name: "keys rotate" }, [{ flag: "--port", name: "PORT", value: "9" }]],
])("reads the operator's %j", (argv, command, flags) => {
  expect(parseCommandLine(argv)).toEqual({ ok: true, value: { kind: "operate", flags, command } });
});

it.each([
  [["revoke"], "revoke takes one of"],
  [["revoke", "--all", "--user", "owner"], "revoke takes one of"],
  [["revoke", "--all=false"], "revoke takes one of"],
  [["revoke", "--user", ""], "revoke takes one of"],
  [["revoke", "owner"], `revoke does not take "owner"`],
  [["revoke", "--every"], "--every is no option"],
  [["--user", "owner", "revoke"], "--user is no option"],
  [["keys"], "keys takes: rotate"],
  [["keys", "rotate", "now"], `keys does not take "now"`],
])("refuses the operator's %j", (argv, sentence) => {
  const read = parseCommandLine(argv);

  expect(read.ok ? "" : read.error.join("\n")).toContain(sentence);
});

it.each([
  [["https://mcp.example.com/mcp"], { kind: "url", url: "https://mcp.example.com/mcp" }],
  [["--", "HTTP://localhost:3000/mcp"], { kind: "url", url: "HTTP://localhost:3000/mcp" }],
  [[], { kind: "nothing" }],
  [["--"], { kind: "nothing" }],
])("puts behind the gateway what %j names", (argv, behind) => {
  expect(parseCommandLine(argv)).toEqual({ ok: true, value: { kind: "serve", flags: [], behind } });
});
