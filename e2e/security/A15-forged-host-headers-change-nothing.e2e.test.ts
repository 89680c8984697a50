import { FormRobot, type Gateway, registeredClient, request, signIn } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { expectAccess } from "../support/expect-access.ts";
import { useGateway } from "../support/use-gateway.ts";

type ForgedHeaders = Readonly<Record<string, string>>;

/** Status, headers and body as one text to search, without the date. */
async function send(gateway: Gateway, path: string, headers: ForgedHeaders, method = "GET"): Promise<{ readonly status: number; readonly all: string }> {
  const answer = await request(gateway.baseUrl + path, { method, headers });
  answer.headers.delete("date");
  return { status: answer.status, all: JSON.stringify([...answer.headers]) + answer.text };
}

const forgeries: readonly (readonly [name: string, headers: ForgedHeaders])[] = [
  ["Host", { host: "attacker.example" }],
  ["Host with another port", { host: "localhost:1" }],
  ["X-Forwarded-Host", { "x-forwarded-host": "attacker.example" }],
  ["X-Forwarded-Proto", { "x-forwarded-proto": "https" }],
  ["X-Forwarded-Port and -Prefix", { "x-forwarded-port": "1234", "x-forwarded-prefix": "/attacker" }],
  ["Forwarded", { forwarded: "for=1.2.3.4;host=attacker.example;proto=https" }],
  ["X-Original-URL and X-Rewrite-URL", { "x-original-url": "/attacker", "x-rewrite-url": "/attacker" }],
];

const documents = [
  "/.well-known/oauth-protected-resource",
  "/.well-known/oauth-protected-resource/mcp",
  "/.well-known/oauth-authorization-server",
  "/.well-known/openid-configuration",
];

describe("A15 forged host headers", () => {
  const gateway = useGateway();
  const foreign = /attacker|https:\/\/localhost|localhost:1\b|:1234/;

  it.each(forgeries)("%s does not get into a metadata document, and warms no cache", async (_, headers) => {
    for (const path of documents) {
      const clean = await send(gateway(), path, {});
      const forged = await send(gateway(), path, headers);
      // Refusing the request altogether is as good as answering it without looking.
      if (forged.status === 200) expect(forged.all).toContain(gateway().baseUrl);
      expect(forged.all).not.toMatch(foreign);
      const after = await send(gateway(), path, {});
      expect(after.status).toBe(200);
      expect(after.all).toBe(clean.all);
    }
  });

  it.each(forgeries)("%s does not get into the challenge", async (_, headers) => {
    const answer = await send(gateway(), "/mcp", { ...headers, "content-type": "application/json" }, "POST");
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.all).not.toMatch(foreign);
    if (answer.status === 401) expect(answer.all).toContain(`${gateway().baseUrl}/.well-known/oauth-protected-resource/mcp`);
  });

  it.each(forgeries)("%s does not get into the pages, forms or redirects of a sign-in", async (_, headers) => {
    const client = await registeredClient(gateway());
    const { pathname, search } = new URL(client.authorizationRequest().url);
    const page = await send(gateway(), pathname + search, { ...headers, accept: "text/html" });
    expect(page.all).not.toMatch(foreign);
    const broken = await send(gateway(), `${pathname}${search.replace(/code_challenge=[^&]*/, "")}`, { ...headers, accept: "text/html" });
    expect(broken.all).not.toMatch(foreign);
  });

  it("leave the issuer of the tokens alone", async () => {
    const { tokens, redirect } = await signIn(gateway());
    const claims: unknown = JSON.parse(Buffer.from(tokens.accessToken.split(".")[1] ?? "", "base64url").toString());
    expect(claims).toMatchObject({ iss: gateway().baseUrl, aud: gateway().mcpUrl });
    expect(redirect.searchParams.get("iss")).toBe(gateway().baseUrl);
    await expectAccess(gateway(), tokens);
  });

  it("a page opened with a good host still shows the consent form", async () => {
    const client = await registeredClient(gateway());
    const page = await new FormRobot().open(client.authorizationRequest().url);
    expect(page.status).toBe(200);
  });
});
