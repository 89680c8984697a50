import type { ServerDefinition } from "@mcp-auth-proxy/config";
import { describe, expect, it } from "vitest";
import { LiveServers } from "../src/live-servers.ts";
import { nextServers } from "../src/next-servers.ts";
import type { ServersFile } from "../src/servers-file.ts";

const base = "https://h.example";
const entry = (name: string, fingerprint = "1") => ({ definition: { name, transport: { kind: "stdio", command: "node", args: [], env: {} }, tools: {} } satisfies ServerDefinition, fingerprint });
const file = (entries: ServersFile["entries"], broken: readonly string[] = []): ServersFile => ({ entries, broken: new Set(broken), warnings: broken.map((name) => `server ${name}: broken`) });
const pathsOf = ({ served }: ReturnType<typeof nextServers>) => served.map(({ path }) => path);

describe("what is served when the file changed", () => {
  const former = nextServers([], file([entry("a"), entry("b")]), base).served;

  it("is the same object for an entry that says the same, wherever it stands, and another for one that does not", () => {
    const { served } = nextServers(former, file([entry("b"), entry("a", "2"), entry("c")]), base);
    expect(served.map(({ path }) => path)).toEqual(["/b/mcp", "/a/mcp", "/c/mcp"]);
    expect([served[0] === former[1], served[1] === former[0]]).toEqual([true, false]);
  });

  it("is the former server in the place of an entry that is broken, and none where there was none", () => {
    const next = nextServers(former, file([entry("a")], ["b", "c"]), base);
    expect([pathsOf(next), next.served[1] === former[1]]).toEqual([["/a/mcp", "/b/mcp"], true]);
  });

  it("is the former server in the place of one that must not be served, and none where there was none", () => {
    const next = nextServers(former, file([entry("a", "2"), entry("b"), entry("c")]), base, ({ definition }) => (definition.name === "b" ? [] : ["it shows our keys"]));
    expect([pathsOf(next), next.served[0] === former[0]]).toEqual([["/a/mcp", "/b/mcp"], true]);
    expect(next.warnings).toEqual(["server a: it shows our keys", "server c: it shows our keys"]);
  });

  it("does not ask again about what is served already", () => {
    expect(nextServers(former, file([entry("a"), entry("b")]), base, () => ["no"])).toEqual({ served: former, warnings: [] });
  });

  it("is at /mcp as well when it comes to be one alone, and stays there while it is served", () => {
    const alone = nextServers(former, file([entry("a")]), base);
    expect(pathsOf(alone)).toEqual(["/a/mcp", "/mcp"]);
    const again = nextServers(alone.served, file([entry("a"), entry("b")]), base);
    expect([pathsOf(again), again.served[2] === alone.served[1]]).toEqual([["/a/mcp", "/b/mcp", "/mcp"], true]);
    const changed = nextServers(alone.served, file([entry("a", "2")]), base);
    expect([pathsOf(changed), changed.served[1] === alone.served[1]]).toEqual([["/a/mcp", "/mcp"], false]);
    expect(pathsOf(nextServers(alone.served, file([entry("b"), entry("c")]), base))).toEqual(["/b/mcp", "/c/mcp"]);
  });
});

describe("a view of what is served", () => {
  it("follows it, and is made once for each change", () => {
    const [first, second] = nextServers([], file([entry("a"), entry("b")]), base).served;
    if (first === undefined || second === undefined) throw new Error("nothing is served");
    const live = new LiveServers([first]);
    let made = 0;
    const names = live.view((served) => {
      made += 1;
      return served.map(({ definition }) => definition.name);
    });
    expect([names(), names() === names(), made]).toEqual([["a"], true, 1]);
    live.replace([first, second]);
    expect([names(), names() === names(), made]).toEqual([["a", "b"], true, 2]);
  });
});
