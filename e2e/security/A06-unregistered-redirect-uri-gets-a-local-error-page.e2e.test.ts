import { discover, OAuthClient, registerClient, request, signIn, stringIn } from "@mcp-auth-proxy/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { openAuthorization } from "../support/authorization-outcome.ts";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

const web = "https://client.example/callback";
const loopback = "http://127.0.0.1:9/callback";
const named = "http://localhost/named";

const refused: readonly (readonly [why: string, redirectUri: string | undefined])[] = [
  ["another host", "https://attacker.example/callback"],
  ["a host with the registered one as prefix", "https://client.example.attacker.example/callback"],
  ["the registered host as user name", "https://client.example@attacker.example/callback"],
  ["a user name before the host", "https://x@client.example/callback"],
  ["an extra path", `${web}/more`],
  ["the path as prefix", `${web}2`],
  ["a parent path", "https://client.example/"],
  ["dot segments that lead to the registered path", "https://client.example/x/../callback"],
  ["encoded dot segments", "https://client.example/x/%2e%2e/callback"],
  ["an encoded letter", "https://client.example/%63allback"],
  ["a backslash", "https://client.example\\@attacker.example/callback"],
  ["a dot after the host", "https://client.example./callback"],
  ["another case of the path", "https://client.example/Callback"],
  ["another case of the host", "https://CLIENT.example/callback"],
  ["a slash at the end", `${web}/`],
  ["a query", `${web}?next=https://attacker.example`],
  ["a fragment", `${web}#x`],
  ["another scheme", "http://client.example/callback"],
  ["the default port spelled out", "https://client.example:443/callback"],
  ["another port of a host that is not loopback", "https://client.example:8443/callback"],
  ["white space around it", ` ${web} `],
  ["a line break", `${web}\r\nx: y`],
  ["a NUL", `${web}\0`],
  ["a script", "javascript:alert(1)"],
  ["a data URL", "data:text/html,x"],
  ["another path on loopback", "http://127.0.0.1:9/other"],
  ["localhost for a registered 127.0.0.1", "http://localhost:9/callback"],
  ["127.0.0.1 for a registered localhost", "http://127.0.0.1:9/named"],
  ["127.0.0.2 for 127.0.0.1", "http://127.0.0.2:9/callback"],
  ["a decimal spelling of 127.0.0.1", "http://2130706433:9/callback"],
  ["https on loopback", "https://127.0.0.1:9/callback"],
  ["a name below localhost", "http://localhost.attacker.example/callback"],
  ["127.0.0.1 as part of a name", "http://127.0.0.1.attacker.example:9/callback"],
  ["nothing, with several registered", undefined],
  ["an empty one", ""],
];

describe("A06 an unregistered redirect URI", () => {
  const gateway = useGateway();
  let client: OAuthClient;

  beforeAll(async () => {
    const discovery = await discover(gateway().mcpUrl);
    const answer = await registerClient(discovery, { client_name: "A06", redirect_uris: [web, loopback, named] });
    client = new OAuthClient(discovery, stringIn(answer.json(), "client_id"), web);
    await signIn(gateway());
  });

  it.each(refused)("gets an error page of our own and no redirect: %s", async (_, redirectUri) => {
    const before = recordedState(gateway());
    const outcome = await openAuthorization(client, { redirect_uri: redirectUri });
    expect(outcome.status).toBe(400);
    expect(outcome.headers.get("content-type")).toMatch(/^text\/html/);
    expect(outcome.headers.get("location")).toBeNull();
    expect(outcome.leavesTo).toBeUndefined();
    expect(outcome.html).not.toContain("attacker.example");
    expect(outcome.html).not.toMatch(/<form/i);
    expect(recordedState(gateway())).toBe(before);
  });

  it("gets an error page when the client is not known", async () => {
    const outcome = await openAuthorization(client, { client_id: "mcp_client_unknown", redirect_uri: "https://attacker.example/" });
    expect(outcome.status).toBe(400);
    expect(outcome.leavesTo).toBeUndefined();
    expect(outcome.html).not.toContain("attacker.example");
  });

  it("gets an error page when it is sent twice, one of them registered", async () => {
    const { url } = client.authorizationRequest();
    for (const order of [`${url}&redirect_uri=${encodeURIComponent("https://attacker.example/")}`, url.replace("?", "?redirect_uri=https%3A%2F%2Fattacker.example%2F&")]) {
      const answer = await request(order);
      expect(answer.status).toBe(400);
      expect(answer.headers.get("location")).toBeNull();
      expect(answer.text).not.toContain("attacker.example");
    }
  });

  it.each([
    ["the registered URI", web],
    ["the registered loopback URI", loopback],
    ["another port on a registered 127.0.0.1 (RFC 8252 section 7.3)", "http://127.0.0.1:54321/callback"],
    ["another port on a registered localhost", "http://localhost:54321/named"],
  ])("does not stand in the way of %s", async (_, redirectUri) => {
    const outcome = await openAuthorization(client, { redirect_uri: redirectUri });
    expect(outcome.status).toBe(200);
    expect(outcome.html).toMatch(/<form/i);
    expect(outcome.html.replaceAll(/<[^>]*>/g, "")).toContain(new URL(redirectUri).host);
  });
});
