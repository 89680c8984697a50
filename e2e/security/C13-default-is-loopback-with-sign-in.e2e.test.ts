import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { freePort, Gateway, gatewayFolders, removeFolders, startCommandLine } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { mcpAnswer } from "../support/expect-access.ts";

/** The local addresses on which a port is listened on, as /proc tells: hexadecimal, in the byte order of the machine. */
function listeningOn(port: number): readonly string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return ["/proc/net/tcp", "/proc/net/tcp6"]
    .flatMap((table) => readFileSync(table, "utf8").split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === "0A" && local?.endsWith(wanted) === true)
    .map(([, local = ""]) => local.split(":")[0] ?? "");
}

const loopback = new Set(["0100007F", "00000000000000000000000001000000"]);

const answers = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    const end = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.once("connect", () => end(true)).once("error", () => end(false)).once("timeout", () => end(false));
  });

describe("C13 a gateway with default settings", () => {
  it("listens on loopback alone and lets nobody in without a token", async () => {
    await using gateway = await Gateway.launch();
    const port = Number(new URL(gateway.baseUrl).port);
    const addresses = listeningOn(port);
    expect(addresses.length).toBeGreaterThan(0);
    for (const address of addresses) expect(loopback).toContain(address);
    const outside = Object.values(networkInterfaces()).flatMap((list) => list ?? []).filter((entry) => !entry.internal && entry.family === "IPv4");
    for (const { address } of outside) expect(await answers(address, port), address).toBe(false);
    expect((await mcpAnswer(gateway, undefined)).status).toBe(401);
  });

  it.each([
    ["without a password", { PASSWORD: undefined }],
    ["with an empty password", { PASSWORD: "" }],
  ])("does not start %s", async (_, environment) => {
    const folders = gatewayFolders();
    const launched = startCommandLine(["--", "true"], folders, { environment: { EXTERNAL_URL: `http://localhost:${await freePort()}`, ...environment } });
    try {
      expect((await launched.exited).code).toBe(2);
      expect(launched.stderr).toContain("PASSWORD");
    } finally {
      await launched.kill();
      removeFolders(folders);
    }
  });

  it("does not start on a public address of plain http", async () => {
    const folders = gatewayFolders();
    const launched = startCommandLine(["--", "true"], folders, { environment: { EXTERNAL_URL: "http://mcp.example.com", PASSWORD: "a long test password" } });
    try {
      expect((await launched.exited).code).toBe(2);
      expect(launched.stderr).toContain("EXTERNAL_URL");
    } finally {
      await launched.kill();
      removeFolders(folders);
    }
  });
});
