import { join } from "node:path";
import { createFakeClock, waitFor } from "@mcp-auth-proxy/testing";
import { createLog } from "@mcp-auth-proxy/telemetry";
import { afterEach, describe, expect, it } from "vitest";
import type { ChildListener } from "../../src/children/child.ts";
import { Supervisor } from "../../src/children/supervisor.ts";
import { defaultBridgeLimits, minimalEnvironment, type StdioServer } from "../../src/index.ts";
import { Eras } from "../../src/registry/eras.ts";

const folder = join(import.meta.dirname, "../servers");
const log = createLog({ level: "error", format: "json", destination: { write: () => undefined } });
const server = (file: string, more: Partial<StdioServer> = {}): StdioServer => ({
  name: file,
  path: "/mcp",
  resource: `http://localhost/${file}/mcp`,
  command: process.execPath,
  args: [join(folder, file)],
  cwd: folder,
  env: minimalEnvironment(process.env),
  ...more,
});

const supervisors: Supervisor[] = [];
afterEach(async () => {
  await Promise.all(supervisors.splice(0).map((supervisor) => supervisor.stop()));
});

const setUp = (limits = {}) => {
  const clock = createFakeClock();
  const all = { ...defaultBridgeLimits, childGraceMs: 200, eraSilenceMs: 200, ...limits };
  const supervisor = new Supervisor({ limits: all, childUser: undefined, clock, log });
  supervisors.push(supervisor);
  let started = 0;
  const counting = {
    start: (definition: StdioServer, listener: ChildListener) => {
      started += 1;
      return supervisor.start(definition, listener);
    },
    refuses: () => supervisor.refuses(undefined),
  };
  const eras = new Eras({ supervisor: counting, limits: all, clock, log });
  return { clock, supervisor, eras, started: () => started };
};
const both = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

describe("the era of a server", () => {
  it.each([
    ["modern.ts", { kind: "modern", revisions: ["2026-07-28"] }, "it names the revision"],
    ["plain.ts", { kind: "legacy", certain: true, revisions: both }, "it knows no discovery and says nothing to it"],
    ["taciturn.ts", { kind: "legacy", certain: true, revisions: both }, "it greets on stdout, and answers initialize only"],
    ["fussy.ts", { kind: "legacy", certain: true, revisions: both.slice(1) }, "it dies of the question, and a second one says its revision"],
    ["no-such-file.ts", { kind: "legacy", certain: false, revisions: both }, "it does not start"],
  ])("of %s is %j: %s", async (file, expected, _why) => {
    const { eras, supervisor } = setUp();
    expect(await eras.find(server(file))).toMatchObject(expected);
    await waitFor("the end of every process that was only asked", () => supervisor.size === 0);
  });

  it("is asked once, however many wait, and counts until its time is over or it is doubted", async () => {
    const { eras, clock, started } = setUp();
    const modern = server("modern.ts");
    expect(eras.known(modern)).toBeUndefined();
    const found = await Promise.all(Array.from({ length: 20 }, () => eras.find(modern)));
    expect(new Set(found).size).toBe(1);
    expect(started()).toBe(1);

    clock.advance(defaultBridgeLimits.eraKeptMs - 1);
    expect(eras.known(modern)?.kind).toBe("modern");
    clock.advance(1);
    expect(eras.known(modern)).toBeUndefined();
    await eras.find(modern);
    expect(started()).toBe(2);
    eras.doubt(modern);
    expect(eras.known(modern)).toBeUndefined();
  });

  it("that was only guessed from an exit is asked again soon", async () => {
    const { eras, clock } = setUp();
    const broken = server("no-such-file.ts");
    await eras.find(broken);
    clock.advance(defaultBridgeLimits.eraGuessKeptMs);
    expect(eras.known(broken)).toBeUndefined();
  });

  it("is the operator's where he says it, and no process is started to ask", async () => {
    const { eras, started } = setUp();
    expect((await eras.find(server("fussy.ts", { protocol: "modern" })))?.kind).toBe("modern");
    expect((await eras.find(server("modern.ts", { protocol: "legacy" })))?.kind).toBe("legacy");
    expect(started()).toBe(0);
  });

  it("leaves no process behind when it was still being asked for at the stop", async () => {
    const { eras, supervisor } = setUp({ eraSilenceMs: 60_000 });
    const asking = eras.find(server("silent", { command: "/bin/sleep", args: ["60"] }));
    await waitFor("the process", () => supervisor.size === 1);
    await supervisor.stop();
    expect(supervisor.size).toBe(0);
    await asking;
    expect([supervisor.size, supervisor.refuses(undefined)]).toEqual([0, "full"]);
  });

  it("is not asked where there is no room for another process", async () => {
    const { eras } = setUp({ eraProbes: 1 });
    const first = eras.find(server("modern.ts"));
    expect(await eras.find(server("plain.ts"))).toBeUndefined();
    expect((await first)?.kind).toBe("modern");
    expect((await eras.find(server("plain.ts")))?.kind).toBe("legacy");
  });
});
