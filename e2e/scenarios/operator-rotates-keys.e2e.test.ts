import { isObject, request, signIn, tokensIn } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { expectAccess } from "../support/expect-access.ts";
import { readJwt } from "../support/forged-jwt.ts";
import { useGateway } from "../support/use-gateway.ts";

describe("an operator who rotates the signing key", () => {
  const gateway = useGateway();
  const kidOf = (token: string): unknown => readJwt(token).header.kid;

  async function publishedKids(): Promise<readonly unknown[]> {
    const { keys } = (await request(`${gateway().baseUrl}/jwks`)).json();
    return Array.isArray(keys) ? keys.map((key: unknown) => (isObject(key) ? key.kid : undefined)) : [];
  }

  it("gives new tokens the new kid and keeps old ones good, over a restart too", async () => {
    const { client, tokens } = await signIn(gateway());
    const old = kidOf(tokens.accessToken);
    expect(await publishedKids()).toEqual([old]);
    expect(await gateway().run("keys", "rotate")).toMatchObject({ code: 0 });
    const next = tokensIn(await client.refresh(tokens.refreshToken));
    const fresh = kidOf(next.accessToken);
    expect(fresh).not.toBe(old);
    expect(new Set(await publishedKids())).toEqual(new Set([old, fresh]));
    await expectAccess(gateway(), tokens);
    await expectAccess(gateway(), next);

    await gateway().restart();
    await expectAccess(gateway(), tokens);
    await expectAccess(gateway(), next);
    expect(kidOf((await signIn(gateway(), client)).tokens.accessToken)).toBe(fresh);
  });

  it("twice in a row still leaves every token good", async () => {
    const { tokens } = await signIn(gateway());
    for (let round = 0; round < 2; round += 1) expect((await gateway().run("keys", "rotate")).code).toBe(0);
    await expectAccess(gateway(), tokens);
    await expectAccess(gateway(), (await signIn(gateway())).tokens);
  });
});
