import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { parseServersFile } from "../../src/servers-file/servers-file.ts";

const rules = { variables: { SECRET: "s3cret", PLACE: "/srv" }, externalUrl: "https://mcp.example.com", providers: ["google", "github"] };
const parse = (...servers: unknown[]) => parseServersFile(JSON.stringify({ servers }), rules);

const stdio = { name: "files", type: "stdio", command: "npx", args: ["-y", "server"] };
const http = { name: "notes", type: "http", url: "https://notes.internal/mcp" };
const gmail = { ...http, name: "gmail", tier: 2, oauth_provider: "google", scopes: ["https://www.googleapis.com/auth/gmail.readonly"] };

const one = (entry: unknown) => {
  const parsed = parse(entry);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value.servers[0];
};
const problemOf = (entry: unknown): string => {
  const parsed = parse(entry);
  if (!parsed.ok) throw new Error(parsed.error);
  expect(parsed.value.servers).toEqual([]);
  return parsed.value.problems.join("\n");
};

describe("mcp_servers.json", () => {
  it("reads a command and an address", () => {
    const parsed = parse(stdio, http);
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        servers: [
          { name: "files", transport: { kind: "stdio", command: "npx", args: ["-y", "server"], env: {} } },
          { name: "notes", transport: { kind: "http", url: "https://notes.internal/mcp" } },
        ],
        problems: [],
      },
    });
  });

  it("serves the others when one entry is broken, and names that one", () => {
    const parsed = parse(stdio, { name: "broken", type: "http" }, http, 7);
    expect(parsed.ok && parsed.value.servers.map(({ name }) => name)).toEqual(["files", "notes"]);
    expect(parsed.ok && parsed.value.problems).toEqual(["server broken: it takes command or url, one of the two", expect.stringContaining("server 4: ")]);
  });

  it("names the entries that are broken, and marks what is written in the others", () => {
    const parsed = parse(stdio, { name: "broken", type: "http" }, { ...http, name: "../x" }, 7);
    expect(parsed.ok && [...parsed.value.broken]).toEqual(["broken", "../x"]);
    const marks = (...servers: unknown[]): unknown => {
      const again = parse(...servers);
      return again.ok && again.value.fingerprints.get("files");
    };
    const mark = parsed.ok && parsed.value.fingerprints.get("files");
    expect([marks(http, stdio), marks({ ...stdio, args: ["-y", "other"] }), marks({ ...stdio, allowed_users: ["a@b.c"] })].map((each) => each === mark)).toEqual([true, false, false]);
  });

  it("takes the first of two with one name", () => {
    const parsed = parse(stdio, { ...http, name: "files" });
    expect(parsed.ok && parsed.value.servers.map(({ transport }) => transport.kind)).toEqual(["stdio"]);
    expect(parsed.ok && parsed.value.problems).toEqual(["server files: is there twice, and the first counts"]);
  });

  it("refuses a file that is none, without quoting it", () => {
    for (const text of ["", "not json, password=hunter2", "[]", '{"servers":[]}', '{"servers":[{}],"extra":1}']) {
      const parsed = parseServersFile(text, rules);
      expect(parsed.ok).toBe(false);
      expect(!parsed.ok && parsed.error).not.toContain("hunter2");
    }
  });

  it("puts variables in, once, and says which are missing", () => {
    expect(one({ ...stdio, env: { KEY: "${SECRET}" }, cwd: "${PLACE}/data" })?.transport).toMatchObject({ env: { KEY: "s3cret" }, cwd: "/srv/data" });
    expect(problemOf({ ...stdio, args: ["${NOWHERE}"] })).toBe("server files: ${NOWHERE}: no such environment variable is set");
    const nested = parseServersFile(JSON.stringify({ servers: [{ ...stdio, args: ["${A}"] }] }), { ...rules, variables: { A: "${SECRET}", SECRET: "no" } });
    expect(nested.ok && nested.value.servers[0]?.transport).toMatchObject({ args: ["${SECRET}"] });
  });

  it.each([
    ["type and transport that differ", { ...http, transport: "sse" }, "they have to agree"],
    ["a command and a url", { ...stdio, url: "https://a.example/mcp" }, "one of the two"],
    ["a process with the type of an address", { ...stdio, type: "http" }, "takes a url"],
    ["our own address", { ...http, url: "https://mcp.example.com/notes/mcp" }, "that is this gateway"],
    ["our own address in another form", { ...http, url: "HTTPS://MCP.example.com:443/mcp" }, "that is this gateway"],
    ["an address with a password in it", { ...http, url: "https://user:pw@notes.internal/mcp" }, "user or password"],
    ["an address that is no http", { ...http, url: "file:///etc/passwd" }, "http or https"],
    ["a name that is a path", { ...http, name: "../mcp" }, "name"],
    ["a key that nobody knows", { ...http, allowed_user: ["a@b.c"] }, "server notes"],
    ["a line break in a variable", { ...stdio, env: { A: "1\nLD_PRELOAD=x" } }, "line break"],
    ["a provider that is not configured", { ...gmail, oauth_provider: "oidc" }, "it takes google or github"],
    ["no provider where there are several", { ...gmail, oauth_provider: undefined }, "name one of google, github"],
    ["an account at a server that needs none", { ...http, oauth_provider: "google" }, "requires_oauth"],
    ["a header at a process", { ...stdio, tier: 2, oauth_provider: "google", inject: { header: "Authorization: Bearer ${access_token}" } }, "stdio server takes env, file or params"],
    ["a variable at an address", { ...gmail, inject: { env: { A: "${access_token}" } } }, "one behind a url takes header or params"],
    ["a header that says where a request goes", { ...gmail, inject: { header: "Host: ${access_token}" } }, "may not be Host"],
    ["a header without the token", { ...gmail, inject: { header: "Authorization: Bearer x" } }, "inject.header takes"],
    ["two headers in one", { ...gmail, inject: { header: "A: ${access_token}\r\nB: c" } }, "inject.header takes"],
    ["a variable that loads code", { ...stdio, tier: 2, oauth_provider: "google", inject: { env: { NODE_OPTIONS: "${access_token}" } } }, "may not set NODE_OPTIONS"],
    ["two ways to inject", { ...gmail, inject: { header: "A: ${access_token}", params: "authorization" } }, "inject"],
    ["one process for everybody with a person's token in it", { ...stdio, tier: 2, oauth_provider: "google", inject: { env: { T: "${access_token}" } }, isolation: "shared" }, "isolation is shared"],
    ["a memory that is both", { ...stdio, stateless: true, stateful: true }, "one or the other"],
  ])("refuses %s", (_, entry, sentence) => {
    expect(problemOf(entry)).toContain(sentence);
  });

  it("needs an account where the tier is 2, unless it says otherwise", () => {
    expect(one(gmail)?.account).toMatchObject({ provider: "google", scopes: gmail.scopes });
    expect(one({ ...http, tier: 2, requires_oauth: false })?.account).toBeUndefined();
    expect(one({ ...http, tier: 1 })?.account).toBeUndefined();
    expect(one({ ...http, requires_oauth: true, oauth_provider: "github" })?.account).toMatchObject({ provider: "github" });
  });

  it("injects a header at an address and params at a process where nothing is said", () => {
    expect(one(gmail)?.inject).toEqual({ kind: "header", name: "Authorization", template: "Bearer ${access_token}" });
    expect(one({ ...stdio, tier: 2, oauth_provider: "google" })?.inject).toEqual({ kind: "params" });
    expect(one(http)?.inject).toBeUndefined();
  });

  it("keeps the secret of a client where nothing shows it", () => {
    const server = one({ ...gmail, oauth_client: { id: "id", secret: "${SECRET}" } });
    expect(server?.account?.client?.secret.reveal()).toBe("s3cret");
    expect(inspect(server, { depth: 9 }) + JSON.stringify(server)).not.toContain("s3cret");
  });
});
