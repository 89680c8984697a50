import { freshAddress, type Gateway, signIn, type Tokens, tokensIn } from "@mcp-auth-proxy/testing";
import { expect, it } from "vitest";
import { expectAccess, expectNoAccess, expectTokenError } from "../support/expect-access.ts";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

const gateway = useGateway();

const revocations = (target: Gateway): number => recordedState(target).split("\n").filter((line) => line.includes("GrantRevoked")).length;

it("field 1: a hosted client that refreshes from two addresses at once, twenty times over, never loses its family", async () => {
  const { client, tokens } = await signIn(gateway());
  const before = revocations(gateway());
  let current: Tokens = tokens;
  for (let turn = 0; turn < 20; turn += 1) {
    const [one, other] = await Promise.all([freshAddress(), freshAddress()].map((from) => client.refresh(current.refreshToken, {}, from)));
    if (one === undefined || other === undefined) throw new Error("no answer came");
    expect([one.status, other.status, other.text]).toEqual([200, 200, one.text]);
    current = tokensIn(one);
  }
  expect(revocations(gateway())).toBe(before);
  await expectAccess(gateway(), current);
});

it("field 1: a token several generations old, from a session that slept, gets the newest answer within the window", async () => {
  const { client, tokens } = await signIn(gateway());
  const before = revocations(gateway());
  let newest = await client.refresh(tokens.refreshToken);
  for (let turn = 0; turn < 5; turn += 1) newest = await client.refresh(tokensIn(newest).refreshToken);
  const late = await client.refresh(tokens.refreshToken, {}, freshAddress());
  expect([late.status, late.text]).toEqual([200, newest.text]);
  expect(revocations(gateway())).toBe(before);
  await expectAccess(gateway(), tokensIn(await client.refresh(tokensIn(late).refreshToken)));
});

it("field 1: what looks alike and is no repetition is refused: the same token from another client, or after a revocation", async () => {
  const { client, tokens } = await signIn(gateway());
  const stranger = await signIn(gateway());
  const before = recordedState(gateway());
  expectTokenError(await stranger.client.refresh(tokens.refreshToken), "invalid_grant");
  expect(recordedState(gateway())).toBe(before);
  const next = tokensIn(await client.refresh(tokens.refreshToken));
  expect((await gateway().run("revoke", "--all")).code).toBe(0);
  for (const token of [tokens.refreshToken, next.refreshToken]) expectTokenError(await client.refresh(token), "invalid_grant");
  await expectNoAccess(gateway(), next);
  await expectAccess(gateway(), (await signIn(gateway(), client)).tokens);
});
