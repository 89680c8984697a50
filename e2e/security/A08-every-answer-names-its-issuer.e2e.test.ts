import { approve, discover, FormRobot, freePort, Gateway, OAuthClient, registeredClient, robotRedirectUri, signIn, smallServer, tokensIn } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { openAuthorization } from "../support/authorization-outcome.ts";
import { expectAccess } from "../support/expect-access.ts";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

/** Clients compare without normalising anything (RFC 9207 section 2.4), so the bytes in the query count, and how often they are there. */
function expectIssuer(redirect: URL | undefined, issuer: string): void {
  expect(redirect?.search.match(/[?&]iss=[^&]*/g)).toEqual([expect.stringMatching(/^[?&]iss=/)]);
  expect(redirect?.searchParams.getAll("iss")).toEqual([issuer]);
}

const refusals: readonly (readonly [what: string, overrides: Readonly<Record<string, string | undefined>>, error: string])[] = [
  ["another response type", { response_type: "token" }, "unsupported_response_type"],
  ["no code challenge", { code_challenge: undefined }, "invalid_request"],
  ["a plain code challenge", { code_challenge_method: "plain" }, "invalid_request"],
  ["an unknown resource", { resource: "https://elsewhere.example/mcp" }, "invalid_target"],
  ["nobody to ask", { prompt: "none" }, "login_required"],
];

describe("A08 the issuer in an answer to the client", () => {
  const gateway = useGateway();

  it("is announced, and on a success equals the metadata's, byte for byte", async () => {
    const client = await registeredClient(gateway());
    expect(client.discovery.metadata.authorization_response_iss_parameter_supported).toBe(true);
    const { redirect, code, made } = await approve(gateway(), client);
    expectIssuer(redirect, client.discovery.issuer);
    expect(redirect.searchParams.get("state")).toBe(made.state);
    await expectAccess(gateway(), tokensIn(await client.exchange(code, made)));
  });

  it.each(refusals)("is on the error for %s, with the state, and nothing is recorded", async (_what, overrides, error) => {
    const client = await registeredClient(gateway());
    const before = recordedState(gateway());
    const { leavesTo } = await openAuthorization(client, { ...overrides, state: "a state/with+signs" });
    expect(leavesTo?.href).toMatch(/^http:\/\/127\.0\.0\.1:9\/callback\?/);
    expect([leavesTo?.searchParams.get("error"), leavesTo?.searchParams.get("state"), leavesTo?.searchParams.has("code")]).toEqual([error, "a state/with+signs", false]);
    expectIssuer(leavesTo, client.discovery.issuer);
    expect(recordedState(gateway())).toBe(before);
    await expectAccess(gateway(), (await signIn(gateway(), client)).tokens);
  });

  it("is on a person's refusal, after which the same client may ask again", async () => {
    const client = await registeredClient(gateway());
    const made = client.authorizationRequest();
    const before = recordedState(gateway());
    const denied = await new FormRobot().walk(made.url, made.redirectUri, { password: gateway().password, decision: "deny" });
    expect(denied.searchParams.get("error")).toBe("access_denied");
    expectIssuer(denied, client.discovery.issuer);
    expect(recordedState(gateway())).toBe(before);
    expectIssuer((await approve(gateway(), client)).redirect, client.discovery.issuer);
  });

  it("can not be chosen by the request", async () => {
    const client = await registeredClient(gateway());
    const { redirect } = await approve(gateway(), client, { iss: "https://attacker.example" });
    expectIssuer(redirect, client.discovery.issuer);
  });
});

describe("A08 the issuer of a gateway below a path, given with a slash at its end", () => {
  it("is the same in metadata, answers and tokens, without the slash", async () => {
    const port = await freePort();
    const issuer = `http://localhost:${port}/team/a`;
    await using gateway = await Gateway.launch({ command: smallServer, port, environment: { EXTERNAL_URL: `${issuer}/` } });
    const discovery = await discover(`${issuer}/mcp`);
    expect([discovery.issuer, discovery.metadata.issuer]).toEqual([issuer, issuer]);
    const client = await OAuthClient.register(discovery, robotRedirectUri);
    const target = { mcpUrl: `${issuer}/mcp`, password: gateway.password };
    const { redirect, code, made } = await approve(target, client);
    expectIssuer(redirect, issuer);
    const { accessToken } = tokensIn(await client.exchange(code, made));
    expect(Buffer.from(accessToken.split(".")[1] ?? "", "base64url").toString()).toContain(`"iss":"${issuer}"`);
    expectIssuer((await openAuthorization(client, { code_challenge: undefined })).leavesTo, issuer);
  });
});
