import { type Answer, freshAddress, type Gateway, type OAuthClient, registeredClient, signIn, tokensIn, waitFor } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { expectAccess, expectNoAccess, expectTokenError } from "../support/expect-access.ts";
import { readJwt } from "../support/forged-jwt.ts";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

describe("A17 a refresh token sent again within the window", () => {
  const gateway = useGateway();

  it("by the same client gets the identical answer, from another address too", async () => {
    const { client, tokens } = await signIn(gateway());
    const first = await client.refresh(tokens.refreshToken);
    const again = await client.refresh(tokens.refreshToken);
    const elsewhere = await client.refresh(tokens.refreshToken, {}, freshAddress());
    expect([again.status, elsewhere.status]).toEqual([200, 200]);
    expect(again.text).toBe(first.text);
    expect(elsewhere.text).toBe(first.text);
    await expectAccess(gateway(), tokensIn(first));
    expect(tokensIn(first).refreshToken).not.toBe(tokens.refreshToken);
  });

  it("as an ancestor inside its own window gets the current answer", async () => {
    const { client, tokens } = await signIn(gateway());
    const second = tokensIn(await client.refresh(tokens.refreshToken));
    const third = await client.refresh(second.refreshToken);
    expect((await client.refresh(tokens.refreshToken)).text).toBe(third.text);
    expect((await client.refresh(second.refreshToken)).text).toBe(third.text);
    const fourth = await client.refresh(tokensIn(third).refreshToken);
    expect((await client.refresh(tokens.refreshToken)).text).toBe(fourth.text);
  });

  it("twenty times at once gets twenty identical answers and one successor", async () => {
    const { client, tokens } = await signIn(gateway());
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.refresh(tokens.refreshToken)));
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    const [answer] = answers;
    if (answer === undefined) throw new Error("no answer came");
    await expectAccess(gateway(), tokensIn(await client.refresh(tokensIn(answer).refreshToken)));
  });

  it("by another client is invalid_grant, used or unused, and leaves the family alone", async () => {
    const { client, tokens } = await signIn(gateway());
    const stranger = await registeredClient(gateway());
    const before = recordedState(gateway());
    expectTokenError(await stranger.refresh(tokens.refreshToken), "invalid_grant");
    expect(recordedState(gateway())).toBe(before);
    const next = tokensIn(await client.refresh(tokens.refreshToken));
    const rotated = recordedState(gateway());
    for (const token of [tokens.refreshToken, next.refreshToken]) expectTokenError(await stranger.refresh(token), "invalid_grant");
    expect(recordedState(gateway())).toBe(rotated);
    await expectAccess(gateway(), tokensIn(await client.refresh(next.refreshToken)));
    await expectAccess(gateway(), next);
  });

  it.each([
    ["an unknown client", { client_id: "mcp_client_unknown" }, "invalid_client", 401],
    ["no client", { client_id: undefined }, "invalid_client", 401],
    ["a token with a letter changed", { refresh_token: "changed" }, "invalid_grant", 400],
    ["no token", { refresh_token: undefined }, "invalid_request", 400],
    ["a token of ten thousand letters", { refresh_token: `mcp_rt_${"a".repeat(10_000)}` }, "invalid_grant", 400],
  ])("with %s is refused without a change", async (_, overrides, error, status) => {
    const { client, tokens } = await signIn(gateway());
    const changed = tokens.refreshToken.slice(0, -2) + (tokens.refreshToken.endsWith("AA") ? "BB" : "AA");
    const sent = "refresh_token" in overrides && overrides.refresh_token === "changed" ? { refresh_token: changed } : overrides;
    const before = recordedState(gateway());
    const attempt = await client.refresh(tokens.refreshToken, sent);
    // RFC 6749 lets a request without a client be called either way.
    if ("client_id" in overrides && overrides.client_id === undefined && attempt.status === 400) expectTokenError(attempt, "invalid_request");
    else expectTokenError(attempt, error, status);
    expect(recordedState(gateway())).toBe(before);
    await expectAccess(gateway(), tokensIn(await client.refresh(tokens.refreshToken)));
  });
});

describe("A17 a refresh token with more scope than was granted", () => {
  const gateway = useGateway();

  it("gives no more than was granted (RFC 6749 section 6)", async () => {
    const { client, tokens } = await signIn(gateway());
    const answer = await client.refresh(tokens.refreshToken, { scope: "mcp-access offline_access admin" });
    const widened = tokensIn(answer);
    expect(readJwt(widened.accessToken).payload.scope).toBe("mcp-access");
    expect(answer.json().scope).toBe("mcp-access");
    await expectAccess(gateway(), widened);
  });
});

describe("A17 a refresh token sent again after the window", () => {
  const gateway = useGateway({ environment: { REFRESH_REPLAY_WINDOW: "1" } });

  it("ends the whole family: its access tokens and its newest refresh token", async () => {
    const bystander = await signIn(gateway());
    const { client, tokens } = await signIn(gateway());
    const next = tokensIn(await client.refresh(tokens.refreshToken));
    await expectAccess(gateway(), next);
    await afterTheWindow(gateway(), client, tokens.refreshToken);
    await expectNoAccess(gateway(), next);
    await expectNoAccess(gateway(), tokens);
    expectTokenError(await client.refresh(next.refreshToken), "invalid_grant");
    await expectAccess(gateway(), bystander.tokens);
    await expectAccess(gateway(), tokensIn(await bystander.client.refresh(bystander.tokens.refreshToken)));
    await expectAccess(gateway(), (await signIn(gateway(), client)).tokens);
  });

  it("says so in the log, without the token", async () => {
    const { client, tokens } = await signIn(gateway());
    await client.refresh(tokens.refreshToken);
    const before = gateway().output.length;
    await afterTheWindow(gateway(), client, tokens.refreshToken);
    const said = await waitFor("the log to tell", () => {
      const output = gateway().output.slice(before);
      return /"level":"warn".*(?:reuse|grant is revoked)/i.test(output) && output;
    });
    expect(said).not.toContain(tokens.refreshToken);
  });

  it("by another client leaves the family alone", async () => {
    const { client, tokens } = await signIn(gateway());
    const stranger = await registeredClient(gateway());
    const next = tokensIn(await client.refresh(tokens.refreshToken));
    // A family of its own tells when a window of the same length is over.
    const measure = await signIn(gateway());
    await measure.client.refresh(measure.tokens.refreshToken);
    await afterTheWindow(gateway(), measure.client, measure.tokens.refreshToken);
    expectTokenError(await stranger.refresh(tokens.refreshToken), "invalid_grant");
    await expectAccess(gateway(), next);
    await expectAccess(gateway(), tokensIn(await client.refresh(next.refreshToken)));
  });
});

/** Sends the token again until the window is over; every answer before that must be the same one. */
async function afterTheWindow(gateway: Gateway, client: OAuthClient, refreshToken: string): Promise<Answer> {
  const within = new Set<string>();
  const over = await waitFor(
    `the replay window of ${gateway.baseUrl} to be over`,
    async () => {
      const answer = await client.refresh(refreshToken);
      if (answer.status === 200) within.add(answer.text);
      return answer.status !== 200 && answer;
    },
    { everyMs: 100 },
  );
  expect(within.size).toBeLessThanOrEqual(1);
  expectTokenError(over, "invalid_grant");
  return over;
}
