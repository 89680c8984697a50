import { readFileSync } from "node:fs";
import { approve, discover, filesBelow, OAuthClient, registerClient, request, tokensIn } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { expectAccess, expectTokenError } from "../support/expect-access.ts";
import { useGateway } from "../support/use-gateway.ts";

// That none is made over plain http needs an address that is neither https nor loopback, which no gateway starts with: register.unit.test.ts has it.
const web = "https://app.example.com/callback";

describe("A14 a client secret", () => {
  const gateway = useGateway();
  const register = async (metadata: Record<string, unknown>) => registerClient(await discover(gateway().mcpUrl), { redirect_uris: [web], token_endpoint_auth_method: "client_secret_post", ...metadata });

  it.each([
    ["a loopback address", ["http://127.0.0.1:9/callback"]],
    ["a private-use scheme", ["cursor://anysphere.cursor-mcp/oauth/callback"]],
    ["one of both kinds", [web, "http://localhost/callback"]],
  ])("is not made for a program on somebody's machine: %s", async (_why, redirectUris) => {
    const answer = await register({ redirect_uris: redirectUris });
    expect(answer.status).toBe(201);
    expect(answer.json()).toMatchObject({ token_endpoint_auth_method: "none" });
    expect(answer.text).not.toContain("client_secret\"");
  });

  it("is told once, is needed from then on, and is in no file and no log", async () => {
    const registered = (await register({})).json();
    const { client_id: id, client_secret: secret } = registered;
    if (typeof id !== "string" || typeof secret !== "string") throw new Error("no secret");
    const client = new OAuthClient(await discover(gateway().mcpUrl), id, web);
    const { code, made } = await approve(gateway(), client);
    expectTokenError(await client.exchange(code, made), "invalid_client", 401);
    expectTokenError(await client.exchange(code, made, { client_secret: `${secret}x` }), "invalid_client", 401);
    const tokens = tokensIn(await client.exchange(code, made, { client_secret: secret }));
    await expectAccess(gateway(), tokens);
    expectTokenError(await client.refresh(tokens.refreshToken), "invalid_client", 401);
    await expectAccess(gateway(), tokensIn(await client.refresh(tokens.refreshToken, { client_secret: secret })));
    const files = filesBelow(gateway().folders.data);
    expect(files.length).toBeGreaterThan(2);
    expect(files.filter((path) => readFileSync(path).includes(secret))).toEqual([]);
    expect(gateway().output).not.toContain(secret);
  });

  it("that somebody believes in is refused: a public client has none", async () => {
    const { client_id: id } = (await register({ token_endpoint_auth_method: "none" })).json();
    const answer = await request(`${gateway().baseUrl}/token`, { method: "POST", body: new URLSearchParams({ grant_type: "authorization_code", code: "x", client_id: String(id), client_secret: "guessed" }) });
    expectTokenError(answer, "invalid_client", 401);
  });
});
