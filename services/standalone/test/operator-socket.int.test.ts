import { createConnection, createServer } from "node:net";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInProcessBus, createMessenger } from "@mcp-auth-proxy/bus";
import { AppError, authV1, vaultV1 } from "@mcp-auth-proxy/contracts";
import { createLog, noTracer } from "@mcp-auth-proxy/telemetry";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openOperatorSocket, type OperatorSocket } from "../src/operator/operator-socket.ts";
import { runOperatorCommand } from "../src/operator/run-operator-command.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const log = createLog({ level: "debug", format: "json", destination: { write: () => undefined } });
const bus = createInProcessBus();
const messenger = createMessenger({ bus, service: "auth", log, tracer: noTracer });
const asked: unknown[] = [];
messenger.serve(authV1.revoke, async (body) => {
  asked.push(body);
  if (body.target.kind === "grant") throw new AppError("not_found", "s3cret detail");
  return { revokedGrants: 1 };
});

messenger.serve(authV1.users, async () => ({ users: [{ subjectId: "s1", login: "owner", firstSeenAt: 0, sessions: 0, grants: 1 }], total: 1 }));

const vault = createMessenger({ bus, service: "vault", log, tracer: noTracer });
let rotation: () => Promise<{ activeTerm: string; rewrapped: number; unreadable: number; terms: string[] }>;
const signingKeys: string[] = [];
vault.serve(vaultV1.rotateEncryptionKey, () => rotation());
messenger.serve(authV1.rotateSigningKey, async () => {
  signingKeys.push(`kid-${signingKeys.length + 1}`);
  return { kid: signingKeys.at(-1) ?? "" };
});

let path = "";
let socket: OperatorSocket | undefined;
beforeEach(async () => {
  asked.length = 0;
  path = join(temporaryFolder(), "operator.sock");
  socket = await openOperatorSocket(path, messenger, log);
});
afterEach(() => socket?.close());

/** What the socket answers to raw bytes. */
const answerTo = (bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = "";
    const connection = createConnection(path, () => connection.write(bytes));
    connection.setEncoding("utf8").on("data", (part: string) => (text += part));
    connection.on("close", () => resolve(text)).on("error", reject);
  });

it("asks auth on the bus, in the operator's name, with a command id of its own", async () => {
  expect(await runOperatorCommand({ name: "revoke", target: { kind: "login", id: "owner" } }, path, "/data")).toBe("1 grant ended");

  expect(asked).toEqual([{ commandId: expect.stringMatching(/^[0-9a-f-]{36}$/), actor: "operator", target: { kind: "login", id: "owner" } }]);
});

it("lists who signed in", async () => {
  expect(await runOperatorCommand({ name: "users" }, path, "/data")).toBe("owner  s1  since 1970-01-01T00:00:00.000Z  0 sessions  1 grant");
});

it("changes both keys, and says which of the operator's may go", async () => {
  rotation = async () => ({ activeTerm: "new", rewrapped: 12, unreadable: 0, terms: ["new"] });
  expect((await runOperatorCommand({ name: "keys rotate" }, path, "/data")).split("\n")).toEqual([
    `tokens are signed with the new key ${signingKeys.at(-1)}`,
    "AUTH_ENCRYPTION_SECRET: its first key (new) closes what is kept; 12 keys moved under it",
    "AUTH_ENCRYPTION_SECRET: every key behind the first may be taken out",
  ]);
  rotation = async () => ({ activeTerm: "new", rewrapped: 1, unreadable: 2, terms: ["new", "old"] });
  const text = await runOperatorCommand({ name: "keys rotate" }, path, "/data");
  expect(text).toContain("1 key moved under it");
  expect(text).toContain("still needed besides the first: old");
  expect(text).toContain("2 kept keys opened with none of its keys");
  expect(text).not.toContain("may be taken out");
});

it("changes no signing key where the vault refuses the other one", async () => {
  const before = [...signingKeys];
  rotation = () => Promise.reject(new AppError("refused", "s3cret detail"));
  await expect(runOperatorCommand({ name: "keys rotate" }, path, "/data")).rejects.toThrow(/^nothing was changed: AUTH_ENCRYPTION_SECRET/);
  expect(signingKeys).toEqual(before);
});

it("tells what was refused without its insides", async () => {
  await expect(runOperatorCommand({ name: "revoke", target: { kind: "grant", id: "x" } }, path, "/data")).rejects.toThrow(/^the gateway refused: There is no such thing\.$/);
});

it.each([
  ["no JSON", "hello\n"],
  ["an unknown command", `{"name":"erase","commandId":"01a207aa-8ee0-7a55-9a47-42c11b641129","actor":"x"}\n`],
  ["a target of another shape", `{"name":"revoke","commandId":"01a207aa-8ee0-7a55-9a47-42c11b641129","actor":"x","target":{"kind":"everyone"}}\n`],
  ["a line without an end", "x".repeat(100_000)],
])("refuses %s and goes on", async (_, bytes) => {
  expect(JSON.parse(await answerTo(bytes))).toMatchObject({ ok: false });

  expect(asked).toEqual([]);
  expect(await runOperatorCommand({ name: "revoke", target: { kind: "all" } }, path, "/data")).toBe("1 grant ended");
});

it("is closed to other users, and leaves nothing behind", async () => {
  expect(statSync(path).mode & 0o777).toBe(0o600);

  await socket?.close();
  await socket?.close();

  expect(existsSync(path)).toBe(false);
});

it("takes the place of what a killed process left", async () => {
  await socket?.close();
  writeFileSync(path, "");

  socket = await openOperatorSocket(path, messenger, log);

  expect(await runOperatorCommand({ name: "revoke", target: { kind: "all" } }, path, "/data")).toBe("1 grant ended");
});

it("says that nothing runs, or that what answers is something else", async () => {
  await socket?.close();
  await expect(runOperatorCommand({ name: "keys rotate" }, path, "/data")).rejects.toThrow(/^no gateway runs with DATA_PATH \/data/);

  const other = createServer((connection) => connection.end("SSH-2.0\n"));
  await new Promise<void>((resolve) => other.listen(path, resolve));
  try {
    await expect(runOperatorCommand({ name: "keys rotate" }, path, "/data")).rejects.toThrow(/can not be understood/);
  } finally {
    other.close();
  }
});
