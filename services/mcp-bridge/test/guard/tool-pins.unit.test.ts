import { createLog } from "@mcp-auth-proxy/telemetry";
import { describe, expect, it } from "vitest";
import { ToolPolicy } from "../../src/guard/policy.ts";
import { ToolPins } from "../../src/guard/tool-pins.ts";
import { defaultBridgeLimits } from "../../src/index.ts";

const one = { name: "t", description: "adds" };
const other = { name: "t", description: "adds, and tells" };

describe("C22: the first sight of a tool", () => {
  it("is what every later one is held to: a change counts until the first definition is back", () => {
    const pins = new ToolPins();
    expect(pins.see("t", one)).toBe("new");
    expect(pins.see("t", other)).toBe("changed");
    expect([pins.see("t", other), pins.holds("t")]).toEqual(["changed-before", false]);
    expect([pins.see("t", one), pins.holds("t")]).toEqual(["same", true]);
  });

  it("is remembered of so many tools: one beyond is never held, whatever it is, and the others stay", () => {
    const pins = new ToolPins(2);
    expect([pins.see("a", one), pins.see("b", one)]).toEqual(["new", "new"]);
    expect([pins.see("c", one), pins.see("c", other), pins.holds("c")]).toEqual(["unpinned", "unpinned", false]);
    expect([pins.see("a", one), pins.holds("a"), pins.holds("never seen")]).toEqual(["same", true, false]);
  });

  it("is remembered of no name that only wants to fill memory", () => {
    const pins = new ToolPins();
    const name = "x".repeat(1_001);
    expect([pins.see(name, one), pins.holds(name)]).toEqual(["unpinned", false]);
  });

  it("of a tool that was not listed yet is to come: nothing speaks against it while there is room", () => {
    expect(new ToolPins().holds("unlisted")).toBe(true);
  });
});

describe("C22: where a changed tool is refused", () => {
  it("one that can not be remembered is refused too, in the list and on call; where it is only told of, it is there, and the log says once that it is not watched", () => {
    const lines: string[] = [];
    const log = createLog({ level: "debug", format: "json", destination: { write: (line) => void lines.push(line) } });
    const long = "x".repeat(1_001);
    const answer = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: 1, result: { tools: [{ name: "t" }, { name: long }] } }));
    const call = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: long } }));
    const refusing = new ToolPolicy({ pin: "refuse" }, log, defaultBridgeLimits);
    const listed = refusing.list(answer, "session");
    expect(String(listed)).toBe('{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"t"}]}}');
    expect(refusing.call(call)).toEqual({ ok: false, error: "unknown_tool" });
    const telling = new ToolPolicy({}, log, defaultBridgeLimits);
    for (let times = 0; times < 2; times += 1) expect(telling.list(answer, "session")).toBe(answer);
    expect(lines.filter((line) => line.includes("a tool can not be watched"))).toHaveLength(2);
  });
});
