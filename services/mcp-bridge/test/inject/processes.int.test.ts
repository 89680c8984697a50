import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isRunning, messagesIn, waitFor } from "@mcp-auth-proxy/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TestBridge } from "../fixtures/bridge.ts";
import { inFile, inParams, inVariable, opened, shown, startWornBridge } from "../fixtures/worn-bridge.ts";

let bridge: TestBridge;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "processes-test-"));
});
afterEach(async () => {
  await bridge.stop();
  rmSync(folder, { recursive: true, force: true });
});

const ended = (pid: number): Promise<unknown> => waitFor("the process to end", () => !isRunning(pid));

describe("a token in the environment of a process", () => {
  it("is its person's own, in a process that nobody else gets an answer from (C03)", async () => {
    bridge = await startWornBridge({ inject: inVariable });
    await bridge.vault.connect("alice", bridge.resource, "alices-token");
    await bridge.vault.connect("bob", bridge.resource, "bobs-token");
    const [alice, bob] = [await opened(bridge, "alice"), await opened(bridge, "bob")];
    const [hers, his] = [await shown(alice), await shown(bob)];
    expect([hers.token, his.token]).toEqual(["alices-token", "bobs-token"]);
    expect(hers.pid).not.toBe(his.pid);
    expect((await shown(await opened(bridge, "alice"))).pid).toBe(hers.pid);
  });

  it("is in no other place: not in our environment, not in an argument, not in the log (C03, D01)", async () => {
    bridge = await startWornBridge({ inject: inVariable });
    await bridge.vault.connect("alice", bridge.resource, "canary-upstream-token");
    const alice = await opened(bridge, "alice");
    const { pid, args } = await shown(alice);
    expect(args.join(" ")).not.toContain("canary");
    expect(readFileSync(`/proc/${pid}/cmdline`, "latin1")).not.toContain("canary");
    expect(JSON.stringify(process.env)).not.toContain("canary");
    const log = JSON.stringify(bridge.log);
    expect(log).toContain("child started");
    for (const secret of ["canary", alice.accessToken ?? "?"]) expect(log).not.toContain(secret);
  });

  it("is another one after a refresh, in another process; a call that is under way is answered by the former one", async () => {
    bridge = await startWornBridge({ inject: inVariable });
    await bridge.vault.connect("alice", bridge.resource, "first");
    const alice = await opened(bridge, "alice");
    const before = await shown(alice);
    const file = join(folder, "go");
    const waiting = shown(alice, "wait", { file });
    await waitFor("the call to be under way", () => existsSync(`${file}.waiting`));
    await bridge.vault.replace("alice", bridge.resource, "second");
    const after = await waitFor("the next process", async () => {
      const now = await shown(alice);
      return now.token === "second" && now;
    });
    expect(after.pid).not.toBe(before.pid);
    expect(isRunning(before.pid)).toBe(true);
    writeFileSync(file, "");
    expect(await waiting).toMatchObject({ token: "first", pid: before.pid });
    await ended(before.pid);
    expect((await shown(alice)).pid).toBe(after.pid);
  });

  it("lets the former process have its question answered", async () => {
    bridge = await startWornBridge({ inject: inVariable });
    await bridge.vault.connect("alice", bridge.resource, "first");
    const alice = await opened(bridge, "alice", { roots: {} });
    const stream = await alice.openStream({}, { jsonrpc: "2.0", id: "call", method: "tools/call", params: { name: "ask", arguments: {} } });
    const id = await waitFor("the question", () => /"id":("[^"]+"|\d+),"method":"roots\/list"/.exec(stream.text())?.[1]);
    await bridge.vault.replace("alice", bridge.resource, "second");
    await waitFor("the next process", async () => (await shown(alice)).token === "second");
    await alice.post({ jsonrpc: "2.0", id: JSON.parse(id), result: { roots: [] } });
    await waitFor("the answer", () => stream.text().includes("first"));
    stream.close();
  });

  it("keeps the session where each has a process of its own", async () => {
    bridge = await startWornBridge({ inject: inVariable, isolation: "session" });
    await bridge.vault.connect("alice", bridge.resource, "first");
    const alice = await opened(bridge, "alice");
    const before = await shown(alice);
    await bridge.vault.replace("alice", bridge.resource, "second");
    const after = await waitFor("the next process", async () => {
      const now = await shown(alice);
      return now.token === "second" && now;
    });
    expect(after.pid).not.toBe(before.pid);
    await ended(before.pid);
  });

  it("ends the session with its process where the server remembers things, once nothing is under way", async () => {
    bridge = await startWornBridge({ inject: inVariable, isolation: "session", memory: "stateful" });
    await bridge.vault.connect("alice", bridge.resource, "first");
    const alice = await opened(bridge, "alice");
    const file = join(folder, "go");
    const waiting = shown(alice, "wait", { file });
    await waitFor("the call to be under way", () => existsSync(`${file}.waiting`));
    const { pid } = await shown(alice);
    await bridge.vault.replace("alice", bridge.resource, "second");
    await waitFor("the new lease", async () => {
      await alice.call("ping");
      return bridge.vault.asked.lease > 1;
    });
    writeFileSync(file, "");
    expect((await waiting).token).toBe("first");
    await ended(pid);
    expect((await alice.post({ jsonrpc: "2.0", id: 1, method: "ping" })).status).toBe(404);
    expect((await shown(await opened(bridge, "alice"))).token).toBe("second");
  });

  it("fails the call of a former process that ends by itself, and no other", async () => {
    bridge = await startWornBridge({ inject: inVariable });
    await bridge.vault.connect("alice", bridge.resource, "first");
    const alice = await opened(bridge, "alice");
    const before = await shown(alice);
    const waiting = alice.call("tools/call", { name: "wait", arguments: { file: join(folder, "never") } });
    await waitFor("the call to be under way", () => existsSync(join(folder, "never.waiting")));
    await bridge.vault.replace("alice", bridge.resource, "second");
    await waitFor("the next process", async () => (await shown(alice)).token === "second");
    process.kill(before.pid, "SIGKILL");
    expect(await waiting).toMatchObject({ error: { code: -32603, message: "The MCP server ended before it answered." } });
    expect((await shown(alice)).token).toBe("second");
  });
});

describe("a token in a file", () => {
  it("is read by its own process, and gone with it", async () => {
    bridge = await startWornBridge({ inject: inFile });
    await bridge.vault.connect("alice", bridge.resource, "first");
    const alice = await opened(bridge, "alice");
    const before = await shown(alice);
    expect(before.file).toMatchObject({ mode: "600", token: "first", uid: process.getuid?.() });
    await bridge.vault.replace("alice", bridge.resource, "second");
    const after = await waitFor("the next process", async () => {
      const now = await shown(alice);
      return now.file?.token === "second" && now;
    });
    expect(after.file?.path).not.toBe(before.file?.path);
    await waitFor("the former file to be gone", () => !existsSync(dirname(before.file?.path ?? "/")));
    await alice.delete();
    await bridge.stop();
    expect(existsSync(dirname(after.file?.path ?? "/"))).toBe(false);
  });
});

describe("a token among the parameters", () => {
  it("is that of whoever calls, at a process that several may share (B04)", async () => {
    bridge = await startWornBridge({ inject: inParams, isolation: "shared" });
    await bridge.vault.connect("alice", bridge.resource, "alices-token");
    await bridge.vault.connect("bob", bridge.resource, "bobs-token");
    const [alice, bob] = [await opened(bridge, "alice"), await opened(bridge, "bob")];
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => shown(index % 2 === 0 ? alice : bob)));
    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(1);
    for (const [index, { params }] of answers.entries()) expect(params).toBe(index % 2 === 0 ? "Bearer alices-token" : "Bearer bobs-token");
  });

  it("replaces what a client puts there, and is not told when a session is opened", async () => {
    bridge = await startWornBridge({ inject: inParams });
    await bridge.vault.connect("alice", bridge.resource, "T");
    const session = await bridge.session({ subject: "alice" });
    const answer = await session.initialize();
    expect(messagesIn(answer)[0]?.result).toMatchObject({ instructions: '"none"' });
    const response = await session.call("tools/call", { name: "whoami", arguments: {}, authorization: "Bearer forged", Authorization: "Bearer forged too" });
    expect(JSON.stringify(response)).toContain("Bearer T");
    expect(JSON.stringify(response)).not.toContain("forged");
  });

  it("is the new one with the next call after a refresh, in the same process", async () => {
    bridge = await startWornBridge({ inject: inParams });
    await bridge.vault.connect("alice", bridge.resource, "first");
    const alice = await opened(bridge, "alice");
    const before = await shown(alice);
    await bridge.vault.replace("alice", bridge.resource, "second");
    const after = await waitFor("the new token", async () => {
      const now = await shown(alice);
      return now.params === "Bearer second" && now;
    });
    expect(after.pid).toBe(before.pid);
  });
});

describe("an account that can not be used", () => {
  const call = { jsonrpc: "2.0", id: 7, method: "tools/call", params: { name: "whoami", arguments: {} } };

  it.each([inVariable, inFile, inParams])("fails the call with an error that names the account page: $kind", async (inject) => {
    bridge = await startWornBridge({ inject });
    await bridge.vault.connect("alice", bridge.resource, "T");
    const alice = await opened(bridge, "alice");
    await shown(alice);
    await bridge.vault.break("alice", bridge.resource);
    const answer = await waitFor("the account to be broken", async () => {
      const [message] = messagesIn(await alice.post(call));
      return message?.error !== undefined && message;
    });
    expect(answer).toEqual({ jsonrpc: "2.0", id: 7, error: { code: -32603, message: `The access to your connected account has ended. Connect it again at ${bridge.base}/account and try again.` } });
  });

  it("is asked for by its address, of a client that opens addresses", async () => {
    bridge = await startWornBridge({ inject: inParams });
    const alice = await opened(bridge, "alice", { elicitation: { form: {}, url: {} } });
    expect(messagesIn(await alice.post(call))[0]).toMatchObject({ id: 7, error: { code: -32042, data: { elicitations: [{ mode: "url", url: `${bridge.base}/account` }] } } });
    const other = await opened(bridge, "alice", { elicitation: {} });
    expect(messagesIn(await other.post(call))[0]).toMatchObject({ id: 7, error: { code: -32603 } });
  });

  it("starts no process where it would need the token", async () => {
    bridge = await startWornBridge({ inject: inVariable });
    const session = await bridge.session({ subject: "alice" });
    const [message] = messagesIn(await session.initialize());
    expect(message?.error).toMatchObject({ code: -32603, message: expect.stringContaining(`${bridge.base}/account`) });
    expect(JSON.stringify(bridge.log)).not.toContain("child started");
    await bridge.vault.connect("alice", bridge.resource, "T");
    expect((await shown(await opened(bridge, "alice"))).token).toBe("T");
  });

  it("is not needed for what asks for nothing", async () => {
    bridge = await startWornBridge({ inject: inParams });
    const session = await bridge.session({ subject: "alice" });
    expect((await session.initialize()).status).toBe(200);
    expect((await session.call("ping")).error).toBeUndefined();
  });

  it("that was disconnected ends the process that holds its token", async () => {
    bridge = await startWornBridge({ inject: inVariable });
    await bridge.vault.connect("alice", bridge.resource, "T");
    await bridge.vault.connect("bob", bridge.resource, "T2");
    const [alice, bob] = [await opened(bridge, "alice"), await opened(bridge, "bob")];
    const [hers, his] = [await shown(alice), await shown(bob)];
    await bridge.vault.shred("alice", bridge.resource);
    await ended(hers.pid);
    expect((await shown(bob)).pid).toBe(his.pid);
  });
});

describe("access that was taken back", () => {
  it.each([inVariable, inFile])("ends the process, and its file is gone (C03, D04): $kind", async (inject) => {
    bridge = await startWornBridge({ inject });
    await bridge.vault.connect("alice", bridge.resource, "T");
    const alice = await opened(bridge, "alice");
    const { pid, file } = await shown(alice);
    const stream = await alice.openStream();
    await bridge.auth.revoke("grant-of-alice");
    await stream.ended;
    await ended(pid);
    if (file !== undefined) await waitFor("the file to be gone", () => !existsSync(file.path));
    expect((await alice.post({ jsonrpc: "2.0", id: 1, method: "ping" })).status).toBe(401);
  });
});
