import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { McpSession, signIn } from "@mcp-auth-proxy/testing";
import { expect, it } from "vitest";
import { expectAccess } from "../support/expect-access.ts";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

const gateway = useGateway();

/** The TCP ports on which a process listens, as /proc tells. */
function listeningPorts(pid: number): readonly number[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        // It was closed since the folder was read.
        return [];
      }
    }),
  );
  const rows = ["tcp", "tcp6"].flatMap((table) => readFileSync(`/proc/${pid}/net/${table}`, "utf8").split("\n").slice(1));
  return rows.flatMap((row) => {
    const [, local = "", , state, , , , , , inode = ""] = row.trim().split(/\s+/);
    return state === "0A" && inodes.has(inode) ? [Number.parseInt(local.split(":")[1] ?? "", 16)] : [];
  });
}

it("field 9: nothing listens but the one listener, and no header of an inner hop stands for a token there", async () => {
  expect([...new Set(listeningPorts(gateway().pid))]).toEqual([Number(new URL(gateway().baseUrl).port)]);
  const { tokens } = await signIn(gateway());
  const before = recordedState(gateway());
  const claimed = ["x-forwarded-user", "x-forwarded-email", "x-remote-user", "x-auth-request-user", "x-internal-token", "x-upstream", "x-mcp-session-owner", "x-subject"];
  const stranger = new McpSession(gateway().mcpUrl, undefined);
  for (const name of claimed) {
    expect((await stranger.post({ jsonrpc: "2.0", id: 1, method: "initialize" }, { [name]: "owner" })).status).toBe(401);
  }
  expect((await stranger.post({ jsonrpc: "2.0", id: 1, method: "initialize" }, { cookie: `mcp_auth_session=${tokens.accessToken}` })).status).toBe(401);
  expect(recordedState(gateway())).toBe(before);
  await expectAccess(gateway(), tokens);
});
