import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { CanaryWatch, descendants, filesBelow, Gateway, isRunning, jsonObject, McpSession, openFiles, signIn, waitFor } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { possibleUsers } from "../support/users.ts";

const ours = /PASSWORD|AUTH_ENCRYPTION_SECRET|DATA_PATH|EXTERNAL_URL|JWT_|TOKEN|NODE_OPTIONS|npm_/i;

describe.each(possibleUsers)("the server's process, of a gateway run as $title", ({ uid }) => {
  const user = uid === undefined ? {} : { uid };

  it("holds none of our secrets in its environment, its command line or what it can ask of them", async () => {
    const watch = new CanaryWatch();
    const encryptionKey = randomBytes(32).toString("base64");
    const password = watch.plant("password");
    const unrelated = watch.plant("unrelated");
    watch.watch("encryption key", encryptionKey);
    await using gateway = await Gateway.launch({
      password,
      environment: { AUTH_ENCRYPTION_SECRET: encryptionKey, NODE_OPTIONS: "--max-old-space-size=200", AWS_SECRET_ACCESS_KEY: unrelated, npm_config_token: unrelated },
      ...user,
    });
    const { tokens } = await signIn(gateway);
    watch.watch("access token", tokens.accessToken);
    watch.watch("refresh token", tokens.refreshToken);
    const session = new McpSession(gateway.mcpUrl, tokens.accessToken);
    await session.initialize();

    const told = await session.callTool("env");
    expect(watch.searchText("env tool", told)).toEqual([]);
    expect(Object.keys(jsonObject(told)).filter((name) => ours.test(name))).toEqual([]);
    const below = descendants(gateway.pid);
    expect(below.length).toBeGreaterThan(0);
    for (const facts of below) {
      expect(watch.searchText(`environment of ${facts.commandLine}`, facts.environment)).toEqual([]);
      expect(watch.searchText(`command line of ${facts.pid}`, facts.commandLine)).toEqual([]);
    }
  });

  it("does not get the password that was given as a flag", async () => {
    const watch = new CanaryWatch();
    const password = watch.plant("flag");
    await using gateway = await Gateway.launch({ password, environment: { PASSWORD: undefined }, flags: ["--password", password], ...user });
    const { tokens } = await signIn(gateway);
    const session = new McpSession(gateway.mcpUrl, tokens.accessToken);
    await session.initialize();
    const told = (await session.callTool("env")) + (await session.callTool("whoami"));
    expect(watch.searchText("what the server knows", told)).toEqual([]);
    for (const facts of descendants(gateway.pid)) expect(watch.searchText("process", facts.commandLine + facts.environment)).toEqual([]);
  });

  it("does not hold the generated key, and has no open file of ours", async () => {
    await using gateway = await Gateway.launch(user);
    const { tokens } = await signIn(gateway);
    const session = new McpSession(gateway.mcpUrl, tokens.accessToken);
    await session.initialize();
    const told = await session.callTool("env");
    const keys = filesBelow(gateway.folders.data).map((path) => readFileSync(path, "utf8").trim()).filter((text) => /^[\w+/=-]{40,50}$/.test(text));
    for (const key of keys) expect(told).not.toContain(key);
    expect(told).not.toContain(gateway.folders.data);
    for (const facts of descendants(gateway.pid)) {
      const files = openFiles(facts.pid);
      expect(files.length).toBeGreaterThan(2);
      expect(files.filter((path) => path.startsWith(gateway.folders.data))).toEqual([]);
    }
  });

  it("ends with its session, and with the gateway", async () => {
    await using gateway = await Gateway.launch(user);
    const { tokens } = await signIn(gateway);
    const sessions = [new McpSession(gateway.mcpUrl, tokens.accessToken), new McpSession(gateway.mcpUrl, tokens.accessToken)];
    for (const session of sessions) await session.initialize();
    const pids = await Promise.all(sessions.map(async (session) => Number(jsonObject(await session.callTool("whoami")).pid)));
    expect(new Set(pids).size).toBe(2);
    const [first, second] = sessions;
    if (first === undefined || second === undefined) throw new Error("two sessions are needed");
    await first.delete();
    await waitFor("the first child to end", () => !isRunning(pids[0] ?? 0));
    expect(isRunning(pids[1] ?? 0)).toBe(true);
    expect(await second.callTool("echo", { message: "still here" })).toBe("still here");
    await gateway.kill();
    await waitFor("the second child to end", () => !isRunning(pids[1] ?? 0));
  });
});
