import { approve, everythingServer, freePort, Gateway, McpSession, registeredClient, request, signIn, smallServer, startCommandLine, tokensIn, waitFor } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { openAuthorization } from "../support/authorization-outcome.ts";
import { expectAccess, expectNoAccess, expectTokenError, mcpAnswer } from "../support/expect-access.ts";
import { readJwt } from "../support/forged-jwt.ts";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

describe("A16 the audience of a token", () => {
  const gateway = useGateway();

  it("a token of another gateway is refused, and stays good there", async () => {
    await using other = await Gateway.launch();
    const foreign = await signIn(other);
    await expectNoAccess(gateway(), foreign.tokens);
    await expectAccess(other, foreign.tokens);
  });

  it("a token signed with the very same key for another address is refused", async () => {
    await using moved = await Gateway.launch({ command: smallServer });
    const { tokens } = await signIn(moved);
    await moved.stop();
    const port = await freePort();
    const elsewhere = `http://localhost:${port}`;
    const launched = startCommandLine(["--", ...smallServer], moved.folders, { environment: { EXTERNAL_URL: elsewhere, PASSWORD: moved.password } });
    try {
      await waitFor("the gateway at its new address", () => request(`${elsewhere}/readyz`).then(({ status }) => status === 200, () => false));
      const answer = await new McpSession(`${elsewhere}/mcp`, tokens.accessToken).initialize();
      expect(answer.status).toBe(401);
      const fresh = await signIn({ mcpUrl: `${elsewhere}/mcp`, password: moved.password });
      expect(readJwt(fresh.tokens.accessToken).header.kid).toBe(readJwt(tokens.accessToken).header.kid);
    } finally {
      await launched.kill();
    }
    await moved.restart();
    await expectAccess(moved, tokens);
  });

  it.each([
    ["a Google token", "ya29.a0AfH6SMBx-not-one-of-ours"],
    ["a GitHub token", "gho_16C7e42F292c6912E7710c838347Ae178B4a"],
    ["nothing after Bearer", ""],
    ["a refresh token of ours", "refresh"],
    ["an authorization code of ours", "code"],
  ])("%s is refused as access token", async (_, token) => {
    const { tokens, client } = await signIn(gateway());
    const { code, made } = await approve(gateway(), client);
    const ours: Readonly<Record<string, string>> = { refresh: tokens.refreshToken, code };
    const answer = await request(gateway().mcpUrl, {
      method: "POST",
      headers: { authorization: `Bearer ${ours[token] ?? token}`, "content-type": "application/json" },
      body: "{}",
    });
    expect(answer.status).toBe(401);
    await expectAccess(gateway(), tokensIn(await client.exchange(code, made)));
    await expectAccess(gateway(), tokens);
  });

  it.each([
    ["another path that starts like ours", "/mcp-other"],
    ["a path below ours", "/mcp/other"],
    ["another host", "https://attacker.example/mcp"],
    ["a fragment", "/mcp#x"],
    ["a query", "/mcp?x=1"],
    ["no URL", "mcp"],
  ])("a sign-in for %s gets invalid_target", async (_, resource) => {
    const client = await registeredClient(gateway());
    const before = recordedState(gateway());
    const wanted = resource.startsWith("/") ? gateway().baseUrl + resource : resource;
    const { leavesTo } = await openAuthorization(client, { resource: wanted });
    expect(leavesTo?.searchParams.get("error")).toBe("invalid_target");
    expect(leavesTo?.searchParams.get("iss")).toBe(gateway().baseUrl);
    expect(recordedState(gateway())).toBe(before);
  });

  it("another resource at the token endpoint gets invalid_target, and the code and the refresh token stay good", async () => {
    const client = await registeredClient(gateway());
    const { code, made } = await approve(gateway(), client);
    const elsewhere = { resource: `${gateway().baseUrl}/other/mcp` };
    const before = recordedState(gateway());
    expectTokenError(await client.exchange(code, made, elsewhere), "invalid_target");
    expect(recordedState(gateway())).toBe(before);
    const tokens = tokensIn(await client.exchange(code, made));
    const issued = recordedState(gateway());
    expectTokenError(await client.refresh(tokens.refreshToken, elsewhere), "invalid_target");
    expect(recordedState(gateway())).toBe(issued);
    await expectAccess(gateway(), tokensIn(await client.refresh(tokens.refreshToken)));
  });

  it("one slash more, or no resource at all, means our one server", async () => {
    const client = await registeredClient(gateway());
    for (const resource of [`${gateway().mcpUrl}/`, undefined]) {
      const { code, made } = await approve(gateway(), client, { resource });
      const tokens = tokensIn(await client.exchange(code, made, { resource }));
      await expectAccess(gateway(), tokens);
    }
  });

  it("a token in the query is no token", async () => {
    const { tokens } = await signIn(gateway());
    const answer = await request(`${gateway().mcpUrl}?access_token=${tokens.accessToken}`, { method: "POST", body: "{}", headers: { "content-type": "application/json" } });
    expect(answer.status).toBe(401);
    await expectAccess(gateway(), tokens);
  });

  it.each(["GET", "DELETE", "POST", "OPTIONS"])("%s without a token gets no further than the door", async (method) => {
    const answer = await request(gateway().mcpUrl, { method, headers: { accept: "text/event-stream" } });
    expect(answer.status).toBe(method === "OPTIONS" ? 204 : 401);
    if (method !== "OPTIONS") expect(answer.headers.get("www-authenticate")).toContain(`resource_metadata="${gateway().baseUrl}/.well-known/oauth-protected-resource/mcp"`);
    expect((await mcpAnswer(gateway(), undefined)).headers.get("www-authenticate")).not.toContain("error=");
  });
});

describe("A16 the caller's token", () => {
  const gateway = useGateway({ command: everythingServer });

  it("never reaches the server behind", async () => {
    const { tokens } = await signIn(gateway());
    const session = new McpSession(gateway().mcpUrl, tokens.accessToken);
    await session.initialize();
    for (const tool of ["env", "whoami"]) expect(await session.callTool(tool)).not.toContain(tokens.accessToken.slice(-30));
  });
});
