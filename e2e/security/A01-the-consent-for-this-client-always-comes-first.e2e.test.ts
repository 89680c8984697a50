import { approve, FormRobot, formsIn, registeredClient } from "@mcp-auth-proxy/testing";
import { expect, it } from "vitest";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

const gateway = useGateway();
const opened = { "sec-fetch-site": "same-origin", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };

it("A01 a person who is signed in and trusts one client is asked about an attacker's, and it gets no code without them", async () => {
  const trusted = await registeredClient(gateway(), "https://trusted.example/callback");
  const victim = new FormRobot();
  await approve(gateway(), trusted, {}, victim);
  const attacker = await registeredClient(gateway(), "https://attacker.example/callback");
  const before = recordedState(gateway());
  const page = await victim.open(attacker.authorizationRequest().url, { headers: opened });
  expect([page.status, page.headers.get("location")]).toEqual([200, null]);
  expect(page.text.replaceAll("<wbr>", "")).toContain("attacker.example");
  expect(formsIn(page.text, page.url)[0]?.buttons.map(({ value }) => value)).toEqual(["deny", "approve"]);
  expect(page.text).not.toMatch(/code=|mcp_ac_/);
  expect(recordedState(gateway())).toBe(before);
  expect((await approve(gateway(), trusted, {}, victim)).code).toMatch(/^mcp_ac_/);
});

it("A01 the same attacker's client is asked about again where the person denied it", async () => {
  const attacker = await registeredClient(gateway(), "https://attacker.example/callback");
  const victim = new FormRobot();
  await approve(gateway(), await registeredClient(gateway(), "https://trusted.example/callback"), {}, victim);
  const made = attacker.authorizationRequest();
  const denied = await victim.walk(made.url, made.redirectUri, { password: gateway().password, decision: "deny" });
  expect(denied.searchParams.get("error")).toBe("access_denied");
  const again = await victim.open(attacker.authorizationRequest().url, { headers: opened });
  expect(formsIn(again.text, again.url)[0]?.buttons).toHaveLength(2);
});
