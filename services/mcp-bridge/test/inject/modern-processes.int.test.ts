import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isRunning, waitFor } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TestBridge } from "../fixtures/bridge.ts";
import { ModernClient } from "../fixtures/modern-client.ts";
import { inParams, inVariable, type Shown, startWornBridge } from "../fixtures/worn-bridge.ts";

let bridge: TestBridge;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "modern-processes-test-"));
});
afterEach(async () => {
  await bridge.stop();
  rmSync(folder, { recursive: true, force: true });
});

const clientOf = async (subject: string): Promise<ModernClient> => new ModernClient(bridge.resource, await bridge.token({ subject }));

const shownTo = async (client: ModernClient, name = "whoami", args: Readonly<Record<string, unknown>> = {}): Promise<Shown> => {
  const { content } = await client.result("tools/call", { name, arguments: args });
  const [{ text }] = content as [{ text: string }];
  return JSON.parse(text);
};

describe("stateless requests and a person's token", () => {
  it("go to a process of the person's own, and after a refresh to another one, while the former ends what it has begun (C03)", async () => {
    bridge = await startWornBridge({ inject: inVariable }, { args: ["modern"] });
    for (const subject of ["alice", "bob"]) await bridge.vault.connect(subject, bridge.resource, `token-of-${subject}`);
    const [alice, bob] = [await clientOf("alice"), await clientOf("bob")];
    const [before, his] = [await shownTo(alice), await shownTo(bob)];
    expect([before.token, his.token]).toEqual(["token-of-alice", "token-of-bob"]);
    const file = join(folder, "go");
    const waiting = shownTo(alice, "wait", { file });
    await waitFor("the call to be under way", () => existsSync(`${file}.waiting`));
    await bridge.vault.replace("alice", bridge.resource, "second");
    const after = await waitFor("the next process", async () => {
      const now = await shownTo(alice);
      return now.token === "second" && now;
    });
    expect(after.pid).not.toBe(before.pid);
    expect(isRunning(before.pid)).toBe(true);
    writeFileSync(file, "");
    expect(await waiting).toMatchObject({ token: "token-of-alice", pid: before.pid });
    await waitFor("the former process to end", () => !isRunning(before.pid));
    expect((await shownTo(bob)).pid).toBe(his.pid);
  });

  it("end with the account", async () => {
    bridge = await startWornBridge({ inject: inVariable }, { args: ["modern"] });
    await bridge.vault.connect("alice", bridge.resource, "T");
    const alice = await clientOf("alice");
    const { pid } = await shownTo(alice);
    await bridge.vault.shred("alice", bridge.resource);
    await waitFor("the process to end", () => !isRunning(pid));
    expect((await alice.post("tools/call", { name: "whoami", arguments: {} })).json()).toMatchObject({ error: { code: -32603, message: expect.stringContaining(`${bridge.base}/account`) } });
  });

  it("carry the token among their parameters", async () => {
    bridge = await startWornBridge({ inject: inParams }, { args: ["modern"] });
    for (const subject of ["alice", "bob"]) await bridge.vault.connect(subject, bridge.resource, `token-of-${subject}`);
    const [alice, bob] = [await clientOf("alice"), await clientOf("bob")];
    expect([(await shownTo(alice)).params, (await shownTo(bob)).params]).toEqual(["Bearer token-of-alice", "Bearer token-of-bob"]);
  });

  it("ask a client that opens addresses to open the account page", async () => {
    bridge = await startWornBridge({ inject: inVariable }, { args: ["modern"] });
    const meta = { "io.modelcontextprotocol/clientCapabilities": { elicitation: { url: {} } } };
    const answer = await (await clientOf("alice")).post("tools/call", { name: "whoami", arguments: {} }, { meta });
    expect(answer.json()).toMatchObject({ result: { resultType: "input_required", inputRequests: { "mcp-auth-proxy/account": { params: { mode: "url", url: `${bridge.base}/account` } } } } });
    expect(JSON.stringify(bridge.log)).not.toContain("child started");
  });
});
