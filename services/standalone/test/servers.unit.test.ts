import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadGatewayConfig, type Behind } from "@mcp-auth-proxy/config";
import { describe, expect, it } from "vitest";
import type { Caller } from "../src/caller.ts";
import { servedServers } from "../src/servers.ts";
import { StartError } from "../src/start-error.ts";
import { openWorkFolders } from "../src/work-folders.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const nothing: Behind = { kind: "nothing" };
const command: Behind = { kind: "command", command: ["node", "notes.js"] };

const serve = (behind: Behind, file?: unknown) => {
  const folder = temporaryFolder();
  const environment = { PASSWORD: "a long enough one", ENV_FILE: "none", ...(file === undefined ? {} : { MCP_SERVERS_CONFIG: "servers.json" }) };
  if (file !== undefined) writeFileSync(join(folder, "servers.json"), typeof file === "string" ? file : JSON.stringify({ servers: file }));
  const loaded = loadGatewayConfig({ flags: [], environment, folder, behind: behind.kind });
  if (!loaded.ok) throw new Error(loaded.error.join("\n"));
  const caller: Caller = { environment, folder, home: "/home/me", uid: undefined, projectRoot: "/opt/gateway" };
  return { folder, ...servedServers(behind, loaded.value.value, caller) };
};

const refusal = (behind: Behind, file?: unknown): string => {
  try {
    serve(behind, file);
  } catch (error) {
    if (error instanceof StartError) return error.lines.join("\n");
    throw error;
  }
  throw new Error("it was served");
};

describe("what is served", () => {
  it("is the command of the command line, in the caller's folder, at /mcp", () => {
    const { folder, served } = serve(command);
    expect(served).toMatchObject([{ path: "/mcp", resource: "http://localhost:8080/mcp", definition: { name: "notes", transport: { kind: "stdio", command: "node", cwd: folder } } }]);
  });

  it("is the server behind a URL", () => {
    expect(serve({ kind: "url", url: "https://notes.example.com/mcp" }).served).toMatchObject([{ path: "/mcp", definition: { name: "notes-example-com", transport: { kind: "http" } } }]);
  });

  it("is every server of a file at its own path, and one alone at /mcp too", () => {
    const two = [{ name: "a", command: "node" }, { name: "b", url: "https://b.example.com/mcp" }];
    expect(serve(nothing, two).served.map(({ path }) => path)).toEqual(["/a/mcp", "/b/mcp"]);
    expect(serve(nothing, two.slice(0, 1)).served.map(({ resource }) => resource)).toEqual(["http://localhost:8080/a/mcp", "http://localhost:8080/mcp"]);
  });

  it("is no server of HTTP+SSE, which is named and left out", () => {
    const { served, warnings } = serve(nothing, [{ name: "a", command: "node" }, { name: "old", type: "sse", url: "https://old.example.com/sse" }]);
    expect(served.map(({ path }) => path)).toEqual(["/a/mcp"]);
    expect(warnings).toEqual([expect.stringContaining("server old: HTTP+SSE")]);
  });

  it("is what a file says well, with a line for each entry that it does not", () => {
    const { served, warnings } = serve(nothing, [{ name: "a", command: "node" }, { name: "b" }]);
    expect(served.map(({ path }) => path)).toEqual(["/a/mcp"]);
    expect(warnings).toEqual([expect.stringContaining("server b: it takes command or url")]);
  });

  it("is no server whose list of people can not be read: it is named, and the others are served", () => {
    const { served, warnings } = serve(nothing, [{ name: "a", command: "node" }, { name: "b", command: "node", allowed_users: ["jedi", "a*@example.com"] }]);
    expect(served.map(({ path }) => path)).toEqual(["/a/mcp"]);
    expect(warnings).toEqual([expect.stringContaining('server b: allowed_users holds "a*@example.com"')]);
  });

  it("is nothing where nothing is named, where two places name it, or where no entry is good", () => {
    expect(refusal(nothing)).toContain("name the command of the MCP server");
    expect(refusal(command, [{ name: "a", command: "node" }])).toContain("keep one");
    expect(refusal(nothing, [{ name: "a" }])).toContain("server a: it takes command or url");
    expect(refusal(nothing, "not json")).toContain("it is not JSON");
    expect(refusal({ kind: "url", url: "http://[" })).toContain("is no URL");
  });
});

describe("the folder of a process", () => {
  it("is the one that its entry names, below the file, else an empty one that goes at the end", () => {
    const { folder, served } = serve(nothing, [{ name: "a", command: "node", cwd: "work" }, { name: "b", command: "node" }]);
    mkdirSync(join(folder, "work"));
    const work = openWorkFolders(undefined);
    const [a, b] = served.map((server) => work.place(server)).map(({ definition: { transport } }) => (transport.kind === "stdio" ? transport.cwd : undefined));
    expect(a).toBe(join(folder, "work"));
    expect(readdirSync(b ?? "")).toEqual([]);
    expect(statSync(b ?? "").mode & 0o777).toBe(0o700);
    work.remove();
    expect(() => statSync(b ?? "")).toThrow("ENOENT");
    expect(statSync(a ?? "").isDirectory()).toBe(true);
  });
});
