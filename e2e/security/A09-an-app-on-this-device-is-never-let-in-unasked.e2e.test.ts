import { approve, FormRobot, formsIn, registeredClient, robotRedirectUri } from "@mcp-auth-proxy/testing";
import { expect, it } from "vitest";
import { recordedState } from "../support/recorded-state.ts";
import { useGateway } from "../support/use-gateway.ts";

const gateway = useGateway();
const opened = { "sec-fetch-site": "same-origin", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };

it("A09 an approved client with an attacker's port is asked about, with a warning and the port, and gets nothing unasked", async () => {
  const client = await registeredClient(gateway(), robotRedirectUri);
  const robot = new FormRobot();
  await approve(gateway(), client, {}, robot);
  const before = recordedState(gateway());
  const page = await robot.open(client.authorizationRequest({ redirect_uri: "http://127.0.0.1:51823/callback" }).url, { headers: opened });
  const text = page.text.replaceAll("<wbr>", "");
  expect(text).toContain("127.0.0.1:51823");
  expect(text).toContain("This goes to an app on your own device");
  expect(formsIn(page.text, page.url)[0]?.buttons.map(({ value }) => value)).toEqual(["deny", "approve"]);
  expect(recordedState(gateway())).toBe(before);
  expect((await approve(gateway(), client, {}, robot)).code).toMatch(/^mcp_ac_/);
});

it("A09 nor does prompt=none get it in", async () => {
  const client = await registeredClient(gateway(), robotRedirectUri);
  const robot = new FormRobot();
  await approve(gateway(), client, {}, robot);
  const before = recordedState(gateway());
  const answer = await robot.open(client.authorizationRequest({ prompt: "none" }).url, { headers: opened });
  const location = new URL(answer.headers.get("location") ?? "");
  expect([location.searchParams.get("error"), location.searchParams.get("code")]).toEqual(["interaction_required", null]);
  expect(recordedState(gateway())).toBe(before);
});
