import { everythingServer, type Gateway, isRunning, jsonObject, McpSession, signIn, tokensIn, waitFor } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { expectAccess, expectNoAccess, expectTokenError } from "../support/expect-access.ts";
import { useGateway } from "../support/use-gateway.ts";

async function busySession(gateway: Gateway, accessToken: string) {
  const session = new McpSession(gateway.mcpUrl, accessToken);
  await session.initialize();
  const childPid = Number(jsonObject(await session.callTool("whoami")).pid);
  const stream = await session.openStream();
  expect(stream.status).toBe(200);
  return { session, stream, childPid };
}

describe("an operator who revokes", () => {
  const gateway = useGateway({ command: everythingServer });

  it.each(["--all", "--user owner"])("with %s ends tokens, open streams and children at once", async (target) => {
    const { client, tokens } = await signIn(gateway());
    const { session, stream, childPid } = await busySession(gateway(), tokens.accessToken);
    const ran = await gateway().run("revoke", ...target.split(" "));
    expect(ran).toMatchObject({ code: 0 });
    await expectNoAccess(gateway(), tokens);
    expect((await session.post({ jsonrpc: "2.0", id: 99, method: "ping" })).status).toBe(401);
    await stream.ended;
    await waitFor("the child to end", () => !isRunning(childPid));
    expectTokenError(await client.refresh(tokens.refreshToken), "invalid_grant");
    await expectAccess(gateway(), (await signIn(gateway(), client)).tokens);
  });

  it("keeps it so over a restart", async () => {
    const { client, tokens } = await signIn(gateway());
    expect((await gateway().run("revoke", "--all")).code).toBe(0);
    await gateway().restart();
    await expectNoAccess(gateway(), tokens);
    expectTokenError(await client.refresh(tokens.refreshToken), "invalid_grant");
    await expectAccess(gateway(), (await signIn(gateway(), client)).tokens);
  });

  it("a person who does not exist ends nobody's access and is told so", async () => {
    const { client, tokens } = await signIn(gateway());
    const ran = await gateway().run("revoke", "--user", "nobody-of-that-name");
    expect(ran.output).toMatch(/nobody|no |0/i);
    await expectAccess(gateway(), tokens);
    await expectAccess(gateway(), tokensIn(await client.refresh(tokens.refreshToken)));
  });

  it.each([[["revoke"]], [["revoke", "--all", "--user", "owner"]], [["revoke", "--everything"]]])("without a clear target (%s) changes nothing", async (args) => {
    const { tokens } = await signIn(gateway());
    expect((await gateway().run(...args)).code).not.toBe(0);
    await expectAccess(gateway(), tokens);
  });
});

describe("an operator whose gateway does not run", () => {
  const gateway = useGateway();

  it("is told so in one line", async () => {
    await gateway().stop();
    const ran = await gateway().run("revoke", "--all");
    expect(ran.code).not.toBe(0);
    expect(ran.output.trim().split("\n")).toHaveLength(1);
    expect(ran.output).not.toMatch(/^\s+at /m);
  });
});
