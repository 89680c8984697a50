import { discover, type Discovery, filesBelow, FormRobot, type Gateway, OAuthClient, registerClient, registeredClient, robotRedirectUri, signIn, stringIn, tokensIn } from "@mcp-auth-proxy/testing";
import { statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expectAccess } from "../support/expect-access.ts";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

const good = robotRedirectUri;

const refused: readonly (readonly [what: string, metadata: Readonly<Record<string, unknown>>, error: string])[] = [
  ["javascript", { redirect_uris: ["javascript:alert(1)//"] }, "invalid_redirect_uri"],
  ["javascript in capitals, beside a good one", { redirect_uris: [good, "JaVaScRiPt:alert(1)"] }, "invalid_redirect_uri"],
  ["data", { redirect_uris: ["data:text/html,<script>alert(1)</script>"] }, "invalid_redirect_uri"],
  ["file", { redirect_uris: ["file:///etc/passwd"] }, "invalid_redirect_uri"],
  ["plain http elsewhere", { redirect_uris: ["http://app.example/callback"] }, "invalid_redirect_uri"],
  ["plain http of a name that looks local", { redirect_uris: ["http://localhost.attacker.example/callback"] }, "invalid_redirect_uri"],
  ["a fragment", { redirect_uris: ["https://app.example/callback#x"] }, "invalid_redirect_uri"],
  ["userinfo", { redirect_uris: ["https://bank.example@attacker.example/"] }, "invalid_redirect_uri"],
  ["a line break", { redirect_uris: ["https://app.example/\r\nset-cookie: a=b"] }, "invalid_redirect_uri"],
  ["a wildcard", { redirect_uris: ["https://*.example/callback"] }, "invalid_redirect_uri"],
  ["no redirect URI", { redirect_uris: [] }, "invalid_redirect_uri"],
  ["an object for a list", { redirect_uris: { 0: good } }, "invalid_redirect_uri"],
  ["a name that is no text", { client_name: { toString: "x" } }, "invalid_client_metadata"],
];

const register = async (discovery: Discovery, metadata: Readonly<Record<string, unknown>>): Promise<OAuthClient> => {
  const answer = await registerClient(discovery, { redirect_uris: [good], ...metadata });
  expect(answer.status, answer.text).toBe(201);
  return new OAuthClient(discovery, stringIn(answer.json(), "client_id"), good);
};

const consentPage = async (client: OAuthClient): Promise<string> => (await new FormRobot().open(client.authorizationRequest().url)).text;

describe("A13 a registration", () => {
  const gateway = useGateway();

  it.each(refused)("with %s is refused, leaves nothing, and a good one still works", async (_what, metadata, error) => {
    const discovery = await discover(gateway().mcpUrl);
    const before = recordedState(gateway());
    const answer = await registerClient(discovery, { redirect_uris: [good], ...metadata });
    expect([answer.status, answer.json().error]).toEqual([400, error]);
    expect(answer.text).not.toMatch(/alert|attacker|passwd|set-cookie/);
    expect(recordedState(gateway())).toBe(before);
    await register(discovery, {});
  });

  it("shows nobody its links, its logo or its markup, and asks for none of them", async () => {
    const metadata = {
      client_name: '</bdi><script>alert("name")</script><img src=x onerror=alert(2)>',
      client_uri: "javascript:alert('client_uri')",
      logo_uri: "https://attacker.example/logo.svg",
      tos_uri: "data:text/html,tos",
      policy_uri: "https://attacker.example/policy",
    };
    const client = await register(await discover(gateway().mcpUrl), metadata);
    const html = await consentPage(client);
    expect(html).not.toMatch(/<script|<img|client_uri|attacker\.example|data:text/i);
    expect(html).toContain("&lt;script&gt;");
    await expectAccess(gateway(), (await signIn(gateway(), client)).tokens);
  });

  it.each([
    ["a known name", "Claude", "Claude"],
    ["letters turned around", "Cl\u202Eedua\u202C", "Cledua"],
    ["letters of no width", "Clau\u200Bde\u2060\uFEFF", "Claude"],
    ["line breaks and tags", "Claude\u0000\r\nby Anthropic", "Claude by Anthropic"],
  ])("that spoofs a name (%s) is shown in plain letters, as unverified, with the way back", async (_what, name, shown) => {
    const before = recordedState(gateway());
    const html = await consentPage(await register(await discover(gateway().mcpUrl), { client_name: name }));
    expect(html).toMatch(new RegExp(`<bdi>${shown}</bdi> <span class="badge">[^<]+</span>`));
    expect(html.replaceAll("<wbr>", "")).toContain("127.0.0.1:9");
    expect(html).not.toMatch(/[\u200B\u202A-\u202E\u2060\uFEFF]/);
    expect(recordedState(gateway())).toBe(before);
  });
});

const databaseBytes = (gateway: Gateway): number => filesBelow(gateway.folders.data).reduce((sum, path) => sum + statSync(path).size, 0);

describe("A13 three thousand registrations from as many addresses", () => {
  const gateway = useGateway({ environment: { LOG_LEVEL: "info" } });

  it("are held up for everybody together, say when to come back, and harm nobody who is there", async () => {
    const { client, tokens } = await signIn(gateway());
    const discovery = await discover(gateway().mcpUrl);
    const before = { state: recordedState(gateway()), bytes: databaseBytes(gateway()) };
    const statuses = new Map<number, number>();
    for (let round = 0; round < 60; round += 1) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => registerClient(discovery, { redirect_uris: [good] })));
      for (const { status, headers } of answers) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status === 429) expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
      }
    }
    expect([...statuses.keys()].toSorted((one, other) => one - other)).toEqual([201, 429]);
    // The rate is 300 a minute: three of those, should it run over the ends of minutes on a slow machine.
    expect(statuses.get(201)).toBeLessThanOrEqual(900);
    expect(recordedState(gateway())).toBe(before.state);
    expect(databaseBytes(gateway()) - before.bytes).toBeLessThan(8_000_000);
    await expectAccess(gateway(), tokens);
    await expectAccess(gateway(), tokensIn(await client.refresh(tokens.refreshToken)));
    await expectAccess(gateway(), (await signIn(gateway(), client)).tokens);
  });
});

describe("A13 one address that registers on and on", () => {
  const gateway = useGateway();

  it("is told to slow down, and its neighbours are not", async () => {
    const client = await registeredClient(gateway());
    const { registrationEndpoint } = client.discovery;
    const post = async (): Promise<Response> =>
      fetch(registrationEndpoint, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ redirect_uris: [good] }) });
    const before = recordedState(gateway());
    const answers = await Promise.all(Array.from({ length: 70 }, post));
    const refusals = answers.filter(({ status }) => status === 429);
    // 30 a minute, and there may be the end of one in between.
    expect(refusals.length).toBeGreaterThanOrEqual(10);
    expect(refusals[0]?.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(recordedState(gateway())).toBe(before);
    await registeredClient(gateway());
    await expectAccess(gateway(), (await signIn(gateway(), client)).tokens);
  });
});
