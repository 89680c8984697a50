import { approve, createPkce, type OAuthClient, registeredClient, robotRedirectUri, tokensIn } from "@mcp-auth-proxy/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { openAuthorization } from "../support/authorization-outcome.ts";
import { expectAccess, expectTokenError } from "../support/expect-access.ts";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

const weakRequests = [
  ["without a challenge", { code_challenge: undefined, code_challenge_method: undefined }],
  ["with an empty challenge", { code_challenge: "" }],
  ["with a method but no challenge", { code_challenge: undefined }],
  ["with the plain method", { code_challenge_method: "plain" }],
  ["with a challenge and no method, which means plain", { code_challenge_method: undefined }],
  ["with an unknown method", { code_challenge_method: "S512" }],
  ["with the method in another case", { code_challenge_method: "s256" }],
  ["with a challenge that is too short", { code_challenge: "short" }],
  ["with a challenge in other letters", { code_challenge: "+/".repeat(21) + "+" }],
] as const;

describe("A07 the code challenge", () => {
  const gateway = useGateway();
  let client: OAuthClient;
  beforeAll(async () => {
    client = await registeredClient(gateway());
  });

  it.each(weakRequests)("a request %s is answered with an error to the client and no code", async (_, overrides) => {
    const before = recordedState(gateway());
    const { leavesTo } = await openAuthorization(client, { ...overrides, state: "s-4711" });
    expect(leavesTo?.href.startsWith(`${robotRedirectUri}?`)).toBe(true);
    const answer = Object.fromEntries(leavesTo?.searchParams ?? []);
    expect(answer).toMatchObject({ error: "invalid_request", state: "s-4711", iss: client.discovery.issuer });
    expect(answer).not.toHaveProperty("code");
    expect(recordedState(gateway())).toBe(before);
  });

  it.each([
    ["no verifier", { code_verifier: undefined }],
    ["an empty verifier", { code_verifier: "" }],
    ["another verifier", { code_verifier: createPkce().verifier }],
    ["the challenge itself as verifier", { code_verifier: "challenge" }],
    ["a verifier with a letter changed", { code_verifier: "changed" }],
    ["a verifier with a space after it", { code_verifier: "padded" }],
  ])("a code with %s is refused and stays good for its owner", async (_, { code_verifier: given }) => {
    const { code, made } = await approve(gateway(), client);
    const { verifier, challenge } = made.pkce;
    const forms: Readonly<Record<string, string>> = {
      challenge,
      padded: `${verifier} `,
      changed: (verifier.startsWith("A") ? "B" : "A") + verifier.slice(1),
    };
    const before = recordedState(gateway());
    const attempt = await client.exchange(code, made, { code_verifier: given === undefined ? undefined : (forms[given] ?? given) });
    expectTokenError(attempt, given === undefined || given === "" ? attemptedError(attempt.json().error) : "invalid_grant");
    expect(recordedState(gateway())).toBe(before);
    await expectAccess(gateway(), tokensIn(await client.exchange(code, made)));
  });
});

// RFC 7636 section 4.6 leaves open how a verifier that is not there at all is called.
const attemptedError = (error: unknown): string => (error === "invalid_request" ? "invalid_request" : "invalid_grant");

describe("A07 with PKCE switched off on a loopback gateway", () => {
  const gateway = useGateway({ environment: { PKCE_ENABLED: "false" } });

  it("a verifier for a code that had no challenge is refused (RFC 9700 section 4.8)", async () => {
    const client = await registeredClient(gateway());
    const none = { code_challenge: undefined, code_challenge_method: undefined };
    const { code, made } = await approve(gateway(), client, none);
    expectTokenError(await client.exchange(code, made), "invalid_grant");
    await expectAccess(gateway(), tokensIn(await client.exchange(code, made, { code_verifier: undefined })));
  });

  it("a challenge that was sent must still be proven", async () => {
    const client = await registeredClient(gateway());
    const { code, made } = await approve(gateway(), client);
    const attempt = await client.exchange(code, made, { code_verifier: undefined });
    expectTokenError(attempt, attemptedError(attempt.json().error));
    await expectAccess(gateway(), tokensIn(await client.exchange(code, made)));
  });
});
