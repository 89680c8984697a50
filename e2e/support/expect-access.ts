import { type Answer, type Gateway, McpSession, type Tokens } from "@mcp-auth-proxy/testing";
import { expect } from "vitest";

/** What the MCP endpoint says to a token that wants to open a session. The session ends right away: a person may only have so many. */
export async function mcpAnswer(gateway: Gateway, accessToken: string | undefined): Promise<Answer> {
  const session = new McpSession(gateway.mcpUrl, accessToken);
  const answer = await session.initialize();
  if (session.sessionId !== undefined) await session.delete();
  return answer;
}

export async function expectAccess(gateway: Gateway, { accessToken }: Pick<Tokens, "accessToken">): Promise<void> {
  expect((await mcpAnswer(gateway, accessToken)).status, "the access token is good").toBe(200);
}

export async function expectNoAccess(gateway: Gateway, { accessToken }: Pick<Tokens, "accessToken">): Promise<void> {
  const answer = await mcpAnswer(gateway, accessToken);
  expect(answer.status, "the access token is refused").toBe(401);
  expect(answer.headers.get("www-authenticate")).toContain('error="invalid_token"');
}

/** An error of the token endpoint: RFC 6749 section 5.2, and nothing that tells which check failed. */
export function expectTokenError(answer: Answer, error: string, status = 400): void {
  expect({ status: answer.status, error: answer.json().error }).toEqual({ status, error });
  expect(answer.headers.get("cache-control")).toContain("no-store");
  expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
  expect(answer.json()).not.toHaveProperty("access_token");
}
