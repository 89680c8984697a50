import { approve, type Gateway, registeredClient, tokensIn, waitFor } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { expectAccess, expectNoAccess, expectTokenError } from "../support/expect-access.ts";
import { readJwt } from "../support/forged-jwt.ts";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

async function newTokens(gateway: Gateway) {
  const client = await registeredClient(gateway);
  const { code, made } = await approve(gateway, client);
  const answer = await client.exchange(code, made);
  return { client, tokens: tokensIn(answer), expiresIn: answer.json().expires_in };
}

const lifeOf = (token: string): number => Number(readJwt(token).payload.exp) - Number(readJwt(token).payload.iat);

describe("field 2: for clients that never refresh", () => {
  const gateway = useGateway({ environment: { ACCESS_TOKEN_TTL: "86400" } });

  it("field 2: a day is a day, in the answer and in the token, and a refresh gives another", async () => {
    const { client, tokens, expiresIn } = await newTokens(gateway());
    expect([expiresIn, lifeOf(tokens.accessToken)]).toEqual([86_400, 86_400]);
    const again = await client.refresh(tokens.refreshToken);
    expect([again.json().expires_in, lifeOf(tokensIn(again).accessToken)]).toEqual([86_400, 86_400]);
    await expectAccess(gateway(), tokensIn(again));
  });

  it("field 2: a token that lasts a day is over at once when it is taken back", async () => {
    const { client, tokens } = await newTokens(gateway());
    await expectAccess(gateway(), tokens);
    expect((await gateway().run("revoke", "--client", client.clientId)).code).toBe(0);
    await expectNoAccess(gateway(), tokens);
    const before = recordedState(gateway());
    expectTokenError(await client.refresh(tokens.refreshToken), "invalid_grant");
    expect(recordedState(gateway())).toBe(before);
    await expectAccess(gateway(), (await newTokens(gateway())).tokens);
  });
});

describe("field 2: the shortest time", () => {
  const gateway = useGateway({ environment: { ACCESS_TOKEN_TTL: "1" } });

  it("field 2: is what the answer says, and a client that waits for the 401 gets on with its refresh token", async () => {
    const { client, tokens, expiresIn } = await newTokens(gateway());
    expect([expiresIn, lifeOf(tokens.accessToken)]).toEqual([1, 1]);
    await waitFor("the token to be over", () => Date.now() >= Number(readJwt(tokens.accessToken).payload.exp) * 1000, { limitMs: 90_000, everyMs: 500 });
    await expectNoAccess(gateway(), tokens);
    await expectAccess(gateway(), tokensIn(await client.refresh(tokens.refreshToken)));
  });
});
