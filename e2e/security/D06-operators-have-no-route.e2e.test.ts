import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, lstatSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { request, signIn } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { expectAccess } from "../support/expect-access.ts";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

const inside = ["/metrics", "/debug/pprof", "/admin", "/operator", "/revoke-all", "/keys/rotate", "/operator.sock", "/auth.db", "/.env", "/..%2fdata/auth.db"];

describe("D06 what operators do", () => {
  const gateway = useGateway();
  const socketPath = (): string => join(gateway().folders.data, "operator.sock");

  it.each(inside)("has no route on the listener: %s", async (path) => {
    for (const method of ["GET", "POST"]) expect((await request(gateway().baseUrl + path, { method })).status).toBe(404);
  });

  it("goes through a socket that only the owner of the data can open", () => {
    expect(lstatSync(gateway().folders.data).mode & 0o777).toBe(0o700);
    expect(lstatSync(socketPath()).mode & 0o777).toBe(0o600);
    if (process.getuid?.() !== 0) return;
    // The test's own folder is closed as well: without this it would be what keeps the other user out.
    chmodSync(gateway().folders.root, 0o711);
    const connect = `require("node:net").connect(${JSON.stringify(socketPath())}).on("error", (e) => { console.log(e.code); process.exit(0); }).on("connect", () => { console.log("connected"); process.exit(0); })`;
    const other = spawnSync("/proc/self/exe", ["-e", connect], { argv0: "node", uid: 65_534, gid: 65_534, encoding: "utf8" });
    expect(other.stdout.trim()).toBe("EACCES");
  });

  it.each([
    ["no JSON", "revoke --all"],
    ["another command", JSON.stringify({ name: "start", commandId: "0198a5d0-0000-7000-8000-000000000001", actor: "x", command: "sh" })],
    ["no target", JSON.stringify({ name: "revoke", commandId: "0198a5d0-0000-7000-8000-000000000002", actor: "x" })],
    ["a line without end", "x".repeat(40_000)],
  ])("changes nothing when the line is wrong: %s", async (_, line) => {
    const { tokens } = await signIn(gateway());
    const before = recordedState(gateway());
    const socket = createConnection(socketPath());
    await once(socket, "connect");
    let told = "";
    socket.setEncoding("utf8").on("data", (text: string) => (told += text));
    socket.write(`${line}\n`);
    await once(socket, "close");
    expect(told).toContain('"ok":false');
    expect(told).not.toMatch(/\.ts:\d+|Error/);
    expect(recordedState(gateway())).toBe(before);
    await expectAccess(gateway(), tokens);
  });
});
