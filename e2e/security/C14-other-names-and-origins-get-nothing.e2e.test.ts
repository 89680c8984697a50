import { connect } from "node:net";
import { FormRobot, formsIn, type Gateway, McpSession, registeredClient, request, signIn } from "@mcp-auth-proxy/testing";
import { describe, expect, it } from "vitest";
import { expectAccess } from "../support/expect-access.ts";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

const gateway = useGateway();
const ping = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });

/** Every way to the server behind; what opens sessions, hears from them or ends them. */
const serverDoors: readonly (readonly [method: string, path: string])[] = [
  ["POST", "/mcp"],
  ["GET", "/mcp"],
  ["DELETE", "/mcp"],
  ["OPTIONS", "/mcp"],
  ["POST", "/mcp/"],
  ["GET", "/sse"],
  ["POST", "/messages"],
];

const foreignHosts = ["attacker.example", "attacker.example:PORT", "localhost.attacker.example:PORT", "127.0.0.1.attacker.example", "user@localhost:PORT"];
const foreignOrigins = ["https://attacker.example", "http://attacker.example:PORT", "null", "http://localhost:1", "https://localhost:PORT", "http://localhost.attacker.example", "file://"];

const withPort = (text: string): string => text.replace("PORT", new URL(gateway().baseUrl).port);

const knock = (method: string, path: string, headers: Readonly<Record<string, string>>) =>
  request(gateway().baseUrl + path, {
    method,
    headers: { accept: "application/json, text/event-stream", "content-type": "application/json", ...headers },
    ...(method === "POST" ? { body: ping } : {}),
  });

/** One request as these lines say it: no client library sends a header twice. */
function sendLines(target: Gateway, lines: readonly string[]): Promise<number> {
  const { hostname, port } = new URL(target.baseUrl);
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(`${[...lines, "connection: close", "content-length: 0"].join("\r\n")}\r\n\r\n`));
    socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    socket.once("error", reject);
    socket.once("close", () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])));
  });
}

describe("C14 the server behind, with a good token and a session", () => {
  it.each(foreignHosts)("C14 answers 403 to the host %s on every door, and goes on for its owner", async (template) => {
    const { session, check } = await openSession();
    for (const [method, path] of serverDoors) {
      const answer = await knock(method, path, session.headers({ host: withPort(template) }));
      expect([method, path, answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([method, path, 403, null]);
      expect(answer.text).not.toContain("attacker");
    }
    await check();
  });

  it.each(foreignOrigins)("C14 answers 403 to a page of %s on every door, and goes on for its owner", async (template) => {
    const { session, check } = await openSession();
    for (const [method, path] of serverDoors) {
      const answer = await knock(method, path, session.headers({ origin: withPort(template) }));
      expect([method, path, answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([method, path, 403, null]);
    }
    await check();
  });

  it("C14 is not reached with an origin that comes twice, whichever is ours, nor with a host that does", async () => {
    const { session, check } = await openSession();
    const { host } = new URL(gateway().baseUrl);
    const head = ["POST /mcp HTTP/1.1", `authorization: Bearer ${session.accessToken ?? ""}`, "content-type: application/json", "accept: application/json, text/event-stream"];
    const ours = `origin: ${gateway().baseUrl}`;
    const foreign = "origin: https://attacker.example";
    for (const pair of [[ours, foreign], [foreign, ours], [ours, ours]]) expect(await sendLines(gateway(), [...head, `host: ${host}`, ...pair])).toBe(403);
    expect(await sendLines(gateway(), [...head, `host: ${host}`, "host: attacker.example"])).toBe(400);
    expect(await sendLines(gateway(), ["POST http://attacker.example/mcp HTTP/1.1", ...head.slice(1), "host: attacker.example"])).toBe(403);
    await check();
  });

  async function openSession() {
    const { tokens } = await signIn(gateway());
    const session = new McpSession(gateway().mcpUrl, tokens.accessToken);
    await session.initialize();
    const before = recordedState(gateway());
    const check = async (): Promise<void> => {
      expect(recordedState(gateway())).toBe(before);
      expect(await session.call("ping")).toMatchObject({ result: {} });
      await session.delete();
    };
    return { session, check };
  }
});

describe("C14 the pages for people", () => {
  it.each(foreignHosts)("C14 are not shown under %s, set no cookie, and take no form", async (template) => {
    const client = await registeredClient(gateway());
    const robot = new FormRobot();
    const host = withPort(template);
    const made = client.authorizationRequest();
    const consent = await robot.open(made.url);
    const before = recordedState(gateway());
    for (const url of [made.url, `${gateway().baseUrl}/auth/authorize`, `${gateway().baseUrl}/account`]) {
      const page = await robot.open(url, { headers: { host } });
      expect([page.status, page.headers.get("set-cookie"), formsIn(page.text, url)]).toEqual([403, null, []]);
    }
    const [form] = formsIn(consent.text, consent.url);
    const values = new URLSearchParams(form?.fields.map(({ name, value }): [string, string] => [name, value]));
    values.set("decision", "approve");
    const sent = await robot.open(form?.action ?? "", { method: "POST", body: values, headers: { host, origin: "null", "sec-fetch-site": "same-origin" } });
    expect(sent.status).toBe(403);
    expect(recordedState(gateway())).toBe(before);
    const redirect = await robot.walk(client.authorizationRequest().url, made.redirectUri, { password: gateway().password });
    expect(redirect.searchParams.get("code")).toMatch(/^mcp_ac_/);
  });
});

describe("C14 what any page may read", () => {
  it("C14 says so to everybody alike, and never with credentials", async () => {
    const { client, tokens } = await signIn(gateway());
    const origin = "https://attacker.example";
    const { tokenEndpoint, registrationEndpoint, jwksUri } = client.discovery;
    const paths = ["/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];
    for (const url of [...paths.map((path) => gateway().baseUrl + path), jwksUri, tokenEndpoint, registrationEndpoint]) {
      for (const method of ["GET", "POST", "OPTIONS"]) {
        const { headers } = await request(url, { method, headers: { origin, cookie: "mcp_auth_session=x" } });
        expect([url, headers.get("access-control-allow-credentials")]).toEqual([url, null]);
        expect(["*", null]).toContain(headers.get("access-control-allow-origin"));
      }
    }
    await expectAccess(gateway(), tokens);
  });
});
