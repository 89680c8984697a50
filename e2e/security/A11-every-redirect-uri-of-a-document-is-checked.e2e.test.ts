import { robotRedirectUri, signIn } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { openAuthorization } from "../support/authorization-outcome.ts";
import { describedClient, useClientSite } from "../support/client-site.ts";
import { expectAccess } from "../support/expect-access.ts";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

const web = "https://client.example/callback";

const bad: readonly (readonly [redirectUri: unknown, why: string])[] = [
  ["javascript:alert(1)", "runs where it is opened"],
  ["data:text/html,x", "runs where it is opened"],
  ["file:///etc/passwd", "reads where it is opened"],
  ["http://client.example/callback", "no TLS and no loopback"],
  ["http://10.0.0.1/callback", "no TLS and no loopback"],
  ["https://client.example@attacker.example/callback", "userinfo"],
  ["https://client.example/callback#x", "a fragment"],
  ["https://client.example/a/../callback", "dot segments"],
  ["https://client.example\\@attacker.example/", "a backslash"],
  ["https://2130706433/callback", "an address in decimal"],
  ["GATEWAY/auth/callback", "the gateway's own callback from a provider"],
  ["GATEWAY/auth/google/callback", "the gateway's own callback from a provider"],
  ["callback", "no URL"],
  [7, "no text"],
];

describe("A11 the redirect URIs of a document", () => {
  const { environment, site } = useClientSite();
  const gateway = useGateway({ environment });

  it.each(bad)("are refused with it when one of them is %j (%s), whichever is asked for", async (template, why) => {
    const redirectUri = typeof template === "string" ? template.replace("GATEWAY", gateway().baseUrl) : template;
    const path = `/${encodeURIComponent(why)}/${bad.findIndex(([each]) => each === template)}`;
    const client = await describedClient(gateway(), site().document(path, { redirect_uris: [robotRedirectUri, redirectUri] }));
    const before = recordedState(gateway());
    for (const asked of [robotRedirectUri, String(redirectUri)]) {
      const outcome = await openAuthorization(client, { redirect_uri: asked });
      expect(outcome.status).toBe(400);
      expect(outcome.leavesTo).toBeUndefined();
      expect(outcome.html).not.toMatch(/<form|attacker\.example/i);
    }
    expect(recordedState(gateway())).toBe(before);
    site().document(path);
    const { tokens } = await signIn(gateway(), client);
    await expectAccess(gateway(), tokens);
  });

  it.each([
    ["https://attacker.example/callback", "a foreign host"],
    ["https://client.example/callback2", "a longer path"],
    ["https://client.example/", "a shorter path"],
    ["http://127.0.0.1:9/other", "another path on loopback"],
    ["https://localhost/post-logout", "a URI of another field"],
  ])("are the only ones: %s is not (%s)", async (redirectUri) => {
    const fields = { redirect_uris: [web, robotRedirectUri], post_logout_redirect_uris: ["https://localhost/post-logout"] };
    const client = await describedClient(gateway(), site().document("/two", fields));
    const outcome = await openAuthorization(client, { redirect_uri: redirectUri });
    expect(outcome.status).toBe(400);
    expect(outcome.leavesTo).toBeUndefined();
    expect((await openAuthorization(client, { redirect_uri: web })).status).toBe(200);
  });

  it("lead nowhere after a sign-out, however they are called", async () => {
    const client = await describedClient(gateway(), site().document("/logout", { post_logout_redirect_uris: ["javascript:alert(1)"] }));
    const { robot, tokens } = await signIn(gateway(), client);
    await expectAccess(gateway(), tokens);
    expect(robot.pages.map(({ text }) => text).join()).not.toContain("javascript:");
  });
});
